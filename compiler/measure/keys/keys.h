// measure/keys: what Secure Boot trusts: lists, variables, signatures, and the verdict on an image.
#pragma once
#include "measure/image/image.h"

// ---- guid.c: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 16 bytes on disk.
bool must_use guid_read(struct str text, u8 *out);
struct str guid_text(struct arena *a, const u8 *guid);
bool guid_is(const u8 *guid, struct str text);
// Whose variables: EFI's own (PK, KEK), the signature databases', shim's.
extern const u8 guid_global[16], guid_security[16], guid_shim[16];

// ---- esl.c: EFI_SIGNATURE_LIST, UEFI 2.10, 32.4.1.
struct signature {
	u8 type[16], owner[16];
	struct str data;              // DER, hash, …
	bool first;                   // of its list
};
// The types, as guid_read takes them, and in words: a certificate, and by banks the hash of an
// image and that of a certificate, which a time follows. SHA-1 is no hash of certificates.
struct signature_type { struct str guid, name; };
extern const struct signature_type type_x509, type_image[BANK_COUNT], type_certificate[BANK_COUNT];
bool must_use esl_read(struct str list, u32 file, struct arena *a, struct signature **out,
                       size_t *count, struct diag *d);
// Of a file: lists, or a signed update of a variable with lists in it (.auth), which is noted;
// its signature is not checked. *bytes become the lists.
bool must_use esl_read_file(struct str *bytes, u32 file, struct arena *a, struct signature **out,
                            size_t *count, struct diag *d);

// ---- pkcs7.c: one Authenticode signature, checked by libcrypto as edk2's BaseCryptLib does.
// The digest algorithm where firmware looks for it; false for one that it does not know.
bool must_use pkcs7_bank(struct str signature, enum bank *out);
// A signature is parsed once, however many certificates are tried on it. Until it is closed its
// owner takes no arena memory: a full arena would strand libcrypto's.
struct pkcs7 {
	struct pkcs7_st *whole;       // of libcrypto
	struct stack_st_X509 *signers;
	struct str content;           // what is signed, if it is an image's digest
	bool is_image;
	size_t work;                  // of one certificate that is tried; 4 where one signer has one
};
bool must_use pkcs7_open(struct str signature, struct pkcs7 *out);
void pkcs7_close(struct pkcs7 *p);
// Whether it covers this image digest and its chain ends at the certificate (DER), time ignored.
bool pkcs7_signed_by(const struct pkcs7 *p, struct str image_digest, struct str certificate);
// The digests of the signed part (TBSCertificate) of the index-th signer; false behind the last.
bool must_use pkcs7_signer_digests(struct pkcs7 *p, size_t index, bank_set set,
                                   struct digests *out);
bool certificate_reads(struct str der);
bool certificate_is_for_modules(struct str der);     // its extended key usage: a kernel's modules
bool must_use certificate_tbs(struct str der, struct str *out);
struct str certificate_subject(struct arena *a, struct str der);     // "/CN=…"; or "no certificate"

// ---- secureboot.c: the variables, and what firmware does with an image under them.
struct secure_boot {
	bool on;                      // a PK is enrolled, and SecureBootEnable is not 0
	struct str pk, kek, db, dbx;  // signature lists as in the variable
	struct str dbt;               // who vouches for the time of a signature; empty: nobody
	// shim's, when a variable store has them: its lists, its level, its owner's switches.
	struct str mok_list, mok_list_x, sbat_level;
	struct str mok_sb_state, mok_db_state, mok_list_trusted, mok_policy;
};
enum verdict { VERDICT_SIGNED, VERDICT_HASH, VERDICT_REFUSED };
struct authority {
	enum verdict verdict;
	struct signature entry;       // of db
	struct signature *more;       // further hashes of an unsigned image, each an authority too
	size_t more_count;
	struct str why;
};
// UEFI 2.10, 32.5.3.3 as edk2's DxeImageVerificationLib reads it. False only when it could not be
// decided (unreadable, a broken list, more work than a real one makes); a refusal is a verdict
// with its reason.
bool must_use secure_boot_verify(const struct pe *p, struct str db, struct str dbx,
                                 struct arena *a, struct authority *out, struct diag *d);
// The attribute certificate table's bytes (PE/COFF 8.3, 5.9).
bool must_use certificate_table(const struct pe *p, struct arena *a, struct str *out,
                                struct diag *d);
// The same in two steps, so that one reading of the image serves this and a PCR: the banks that
// are needed, then the verdict by the image's digests in (at least) these.
bool must_use secure_boot_needs(const struct pe *p, struct str db, struct str dbx,
                                struct arena scratch, bank_set *out, struct diag *d);
bool must_use secure_boot_verify_with(const struct pe *p, const struct digests *image,
                                      struct str db, struct str dbx, struct arena *a,
                                      struct authority *out, struct diag *d);

// Whether a list revokes a certificate from a time on: what a signature is worth that dates from
// before is for dbt to say, and not predicted.
bool secure_boot_has_times(struct str dbx, struct arena scratch, struct diag *d);

// ---- uefi_data.c: the blob of EC2 RegisterImage: base64, CRC-32C, zlib with a dictionary that
// the library has.
struct variable { struct str name; u8 guid[16]; struct str data; u32 attributes;
                  u8 time[16]; struct str digest; };
bool must_use uefi_data_read(struct str base64, u32 file, struct library *l, struct arena *a,
                             struct variable **out, size_t *count, struct diag *d);
bool must_use uefi_data_write(const struct variable *list, size_t count, struct library *l,
                              struct arena *a, struct str *out, struct diag *d);
// The variables that enroll these lists (PK, KEK, db, dbx, dbt; empty ones left out).
size_t secure_boot_variables(const struct secure_boot *s, struct arena *a, struct variable **out);

// ---- vars.c: an OVMF or AAVMF variable store (VARIABLE_STORE_HEADER, authenticated format).
bool must_use vars_read(struct str store, u32 file, struct arena *a, struct variable **out,
                        size_t *count, struct diag *d);
bool secure_boot_from(const struct variable *list, size_t count, struct secure_boot *out);
