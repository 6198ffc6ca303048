// base64: RFC 4648, 4. libcrypto's EVP_DecodeBlock takes blanks and padding anywhere.
#include "base/base.h"
#include <openssl/evp.h>

static int sextet(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26
	     : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(u8 c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

bool base64_read(struct str text, struct arena *a, struct str *out)
{
	u8 *to = make(a, text.len / 4 * 3 + 3, u8);
	size_t len = 0, count = 0, padding = 0;
	u32 bits = 0;
	for (size_t i = 0; i < text.len; i++) {
		int six = sextet(text.at[i]);
		if (is_blank(text.at[i]))
			continue;
		padding += text.at[i] == '=';
		if ((six < 0 && text.at[i] != '=') || (six >= 0 && padding))
			return false;
		bits = bits << 6 | (u32)(six < 0 ? 0 : six);
		if (++count % 4 == 0) {
			to[len++] = (u8)(bits >> 16);
			to[len++] = (u8)(bits >> 8);
			to[len++] = (u8)bits;
		}
	}
	u32 unused = padding == 1 ? 0xff : padding == 2 ? 0xffff : 0;
	if (count == 0 || count % 4 || padding > 2 || bits & unused)
		return false;
	*out = (struct str){to, len - padding};
	return true;
}

struct str base64_write(struct str bytes, struct arena *a)
{
	u8 *text = make(a, (bytes.len + 2) / 3 * 4 + 1, u8);      // it writes a NUL behind them
	int len = bytes.len ? EVP_EncodeBlock(text, bytes.at, (int)bytes.len) : 0;
	return (struct str){text, (size_t)len};
}
