#include "base/base.h"
#include <openssl/evp.h>

struct str sha256(struct arena *a, struct str bytes)
{
	u8 *digest = make(a, 32, u8);
	unsigned len = 0;
	bool done = EVP_Digest(bytes.at, bytes.len, digest, &len, EVP_sha256(), NULL) == 1;
	return (struct str){digest, done ? len : 0};
}
