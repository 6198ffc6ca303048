// sha: SHA-256 of what is in memory. Through EVP the first digest reads the machine's configuration
// and sets up every algorithm there is, which takes as long as emitting the templates. Hence the
// older functions, which OpenSSL 3 has and calls deprecated.
#define OPENSSL_API_COMPAT 0x10100000L
#include "base/base.h"
#include <openssl/sha.h>

struct str sha256(struct arena *a, struct str bytes)
{
	u8 *digest = make(a, SHA256_DIGEST_LENGTH, u8);
	SHA256_CTX c;
	bool done = SHA256_Init(&c) && SHA256_Update(&c, bytes.at, bytes.len)
	         && SHA256_Final(digest, &c);
	return (struct str){digest, done ? SHA256_DIGEST_LENGTH : 0};
}
