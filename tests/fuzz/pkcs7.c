// Any bytes are a signature that libcrypto reads or none; none of them is one over a digest of zeros.
#include "fuzz.h"
#include "measure/measure.h"

static struct str certificate_in(struct fuzz *f)
{
	struct str list = {0};
	struct signature *entry;
	size_t count;
	if (!file_read(&f->arena, S("tests/unit/secureboot/own.esl"), 1 << 20, &list, &f->diag)
	    || !esl_read(list, 0, &f->arena, &entry, &count, &f->diag) || count != 1)
		abort();
	return entry->data;
}

static void try_signature(struct fuzz *f, struct str signature)
{
	static const u8 zeros[BANK_MAX_BYTES];
	struct str certificate = certificate_in(f), tbs;
	struct pkcs7 p;
	struct digests d;
	enum bank bank;
	bool named = pkcs7_bank(signature, &bank);
	bool opened = pkcs7_open(signature, &p);
	bool good = named && pkcs7_signed_by(&p, (struct str){zeros, banks[bank].bytes}, certificate);
	size_t signers = 0;
	while (pkcs7_signer_digests(&p, signers, 1u << BANK_SHA256, &d))
		signers++;
	bool odd = good || (!opened && (signers || p.is_image)) || signers > signature.len;
	pkcs7_close(&p);
	if (odd || p.whole || (certificate_tbs(signature, &tbs) && tbs.len > signature.len))
		abort();
	(void)certificate_subject(&f->arena, signature);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return fuzz_once(data, size, try_signature);
}
