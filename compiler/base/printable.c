// printable: names of files and texts of boots are anybody's, and a terminal obeys what they hold.
#include "base/base.h"

static bool is_control(u32 c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

struct str utf8_printable(struct arena *a, struct str s)
{
	enum { UNKNOWN = 0xfffd };
	struct buf out = buf_new(a, s.len * 3);   // three bytes for one at most
	while (s.len) {
		u32 c = UNKNOWN;
		size_t n = utf8_next(s, &c);
		n = n ? n : 1;
		s = (struct str){s.at + n, s.len - n};
		utf8_put(&out, is_control(c) ? UNKNOWN : c);
	}
	return buf_str(&out);
}
