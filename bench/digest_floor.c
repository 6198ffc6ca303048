// digest_floor: the least that a measuring tool can do: OpenSSL over the same bytes, by mmap, one
// thread. usage: digest_floor ALGORITHM FILE [OFF LEN]    the file, then the part once more
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int digest(const EVP_MD *md, const unsigned char *at, size_t len)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned int bytes;
	if (EVP_Digest(at, len, out, &bytes, md, NULL) != 1)
		return 0;
	for (unsigned int i = 0; i < bytes; i++)
		printf("%02x", out[i]);
	return puts("") >= 0;
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd = argc > 2 ? open(argv[2], O_RDONLY) : -1;
	const EVP_MD *md = argc > 1 ? EVP_get_digestbyname(argv[1]) : NULL;
	if (!md || fd < 0 || fstat(fd, &st) != 0)
		return 2;
	size_t size = (size_t)st.st_size;
	const unsigned char *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED || !digest(md, at, size))
		return 2;
	if (argc < 5)
		return 0;
	size_t off = strtoul(argv[3], NULL, 10), len = strtoul(argv[4], NULL, 10);
	return off <= size && len <= size - off && digest(md, at + off, len) ? 0 : 2;
}
