// printable: names of files and texts of boots are anybody's, and a terminal obeys what they hold.
#include "base/base.h"

size_t utf8_obeyed(struct str s, u32 *out)
{
	u32 c = 0;
	size_t len = utf8_next(s, &c);
	bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
	bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
	*out = len ? c : 0xfffd;
	return !len ? s.len > 0 : control || turns ? len : 0;
}

static void put_shown(struct buf *out, struct str s, bool lines)
{
	while (s.len) {
		u32 c;
		size_t obeyed = utf8_obeyed(s, &c);
		bool stays = lines && (c == '\n' || c == '\t');
		size_t len = obeyed ? obeyed : utf8_next(s, &c);
		utf8_put(out, obeyed && !stays ? 0xfffd : c);
		s = (struct str){s.at + len, s.len - len};
	}
}

struct str utf8_printable(struct arena *a, struct str s)
{
	struct buf out = buf_new(a, s.len * 3);   // three bytes for one at most
	put_shown(&out, s, false);
	return buf_str(&out);
}

void buf_printable(struct buf *b, struct str text) { put_shown(b, text, true); }
