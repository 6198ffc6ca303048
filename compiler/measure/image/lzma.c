// lzma: an LZMA2 stream in, its bytes out. kiwi packs every initrd with xz, and the root hash
// that PCR4 pins lies in one: without this, the reference image could not be explained.
// The output is its own dictionary, so that every distance is checked against what was written
// since the dictionary began.
// Format: LZMA specification (Pavlov, 2015) and the chunks of .xz, LZMA2.
#include "measure/image/image.h"
#include <string.h>

enum {
	STATES = 12, POS_STATES = 16, LENGTH_LOW = 8, LENGTH_HIGH = 256, MATCH_MIN = 2,
	SLOT_CONTEXTS = 4, SLOTS = 64, CLOSE_DISTANCES = 128, ALIGN_BITS = 4,
	LITERAL_CONTEXTS = 16, LITERAL = 0x300, HALF = 1 << 10,
};
struct lengths {
	u16 choice[2], low[POS_STATES][LENGTH_LOW], mid[POS_STATES][LENGTH_LOW], high[LENGTH_HIGH];
};
struct model {
	u16 is_match[STATES][POS_STATES], is_rep[STATES], is_rep0[STATES], is_rep1[STATES],
	    is_rep2[STATES], is_rep0_long[STATES][POS_STATES];
	u16 slot[SLOT_CONTEXTS][SLOTS], close[CLOSE_DISTANCES], align[1 << ALIGN_BITS];
	struct lengths match, rep;
	u16 literal[LITERAL_CONTEXTS][LITERAL];
};
struct lzma {
	struct rd in;                 // of one chunk
	u32 range, code;
	struct model *m;
	u32 lc, lp, pb, state, rep[4];
	u8 *out;                      // where the dictionary began
	size_t len, max;              // written since, and room
	bool bad, full;               // full: there was no room for a byte
};

// ---- the range coder

static void normalize(struct lzma *z)
{
	if (z->range < 1u << 24) {
		z->range <<= 8;
		z->code = z->code << 8 | rd_u8(&z->in);
	}
}

static u32 bit(struct lzma *z, u16 *chance)
{
	normalize(z);
	u32 bound = (z->range >> 11) * *chance;
	if (z->code < bound) {
		z->range = bound;
		*chance = (u16)(*chance + ((2048 - *chance) >> 5));
		return 0;
	}
	z->range -= bound;
	z->code -= bound;
	*chance = (u16)(*chance - (*chance >> 5));
	return 1;
}

// `bits` bits, highest first, each with a chance of its own for what came before it.
static u32 tree(struct lzma *z, u16 *chances, u32 bits)
{
	u32 at = 1;
	for (u32 i = 0; i < bits; i++)
		at = at << 1 | bit(z, &chances[at]);
	return at - (1u << bits);
}

static u32 reverse_tree(struct lzma *z, u16 *chances, u32 bits)
{
	u32 at = 1, value = 0;
	for (u32 i = 0; i < bits; i++) {
		u32 b = bit(z, &chances[at]);
		at = at << 1 | b;
		value |= b << i;
	}
	return value;
}

static u32 plain_bits(struct lzma *z, u32 bits)
{
	u32 value = 0;
	for (u32 i = 0; i < bits; i++) {
		normalize(z);
		z->range >>= 1;
		u32 b = z->code >= z->range;
		z->code -= b ? z->range : 0;
		value = value << 1 | b;
	}
	return value;
}

// ---- literals and matches

static void put_byte(struct lzma *z, u8 c)
{
	z->full |= z->len == z->max;
	if (z->len == z->max)
		z->bad = true;
	else
		z->out[z->len++] = c;
}

static u8 byte_back(const struct lzma *z, u32 distance)   // 0: the last byte
{
	return distance < z->len ? z->out[z->len - 1 - distance] : 0;
}

static void literal(struct lzma *z)
{
	u32 low = (u32)z->len & ((1u << z->lp) - 1), high = byte_back(z, 0);
	u16 *chances = z->m->literal[(low << z->lc) + (high >> (8 - z->lc))];
	u32 at = 1, match = byte_back(z, z->rep[0]);
	bool after_match = z->state >= 7;
	while (at < 0x100) {
		u32 offset = 0;
		if (after_match) {
			match <<= 1;
			offset = 0x100 + (match & 0x100);
		}
		u32 b = bit(z, &chances[offset + at]);
		after_match = after_match && b == (match >> 8 & 1);
		at = at << 1 | b;
	}
	put_byte(z, (u8)at);
	z->state = z->state < 4 ? 0 : z->state < 10 ? z->state - 3 : z->state - 6;
}

static u32 length(struct lzma *z, struct lengths *l, u32 pos_state)
{
	if (!bit(z, &l->choice[0]))
		return MATCH_MIN + tree(z, l->low[pos_state], 3);
	if (!bit(z, &l->choice[1]))
		return MATCH_MIN + LENGTH_LOW + tree(z, l->mid[pos_state], 3);
	return MATCH_MIN + 2 * LENGTH_LOW + tree(z, l->high, 8);
}

static u32 distance(struct lzma *z, u32 len)
{
	u32 context = len - MATCH_MIN < SLOT_CONTEXTS ? len - MATCH_MIN : SLOT_CONTEXTS - 1;
	u32 slot = tree(z, z->m->slot[context], 6);
	if (slot < 4)
		return slot;
	u32 bits = (slot >> 1) - 1, base = (2 | (slot & 1)) << bits;
	if (slot < 14)
		return base + reverse_tree(z, z->m->close + base - slot, bits);
	base += plain_bits(z, bits - ALIGN_BITS) << ALIGN_BITS;
	return base + reverse_tree(z, z->m->align, ALIGN_BITS);
}

static void copy(struct lzma *z, u32 len)
{
	if (z->rep[0] >= z->len)
		z->bad = true;
	while (len-- && !z->bad)
		put_byte(z, byte_back(z, z->rep[0]));
}

static void new_match(struct lzma *z, u32 pos_state)
{
	z->rep[3] = z->rep[2];
	z->rep[2] = z->rep[1];
	z->rep[1] = z->rep[0];
	u32 len = length(z, &z->m->match, pos_state);
	z->rep[0] = distance(z, len);
	z->state = z->state < 7 ? 7 : 10;
	copy(z, len);
}

// One of the last four distances again, which comes to the front.
static void old_match(struct lzma *z, u32 pos_state)
{
	struct model *m = z->m;
	u32 which = 0;
	if (!bit(z, &m->is_rep0[z->state])) {
		if (!bit(z, &m->is_rep0_long[z->state][pos_state])) {
			z->state = z->state < 7 ? 9 : 11;
			copy(z, 1);
			return;
		}
	} else {
		which = bit(z, &m->is_rep1[z->state]) ? 2 + bit(z, &m->is_rep2[z->state]) : 1;
	}
	u32 again = z->rep[which];
	for (; which; which--)
		z->rep[which] = z->rep[which - 1];
	z->rep[0] = again;
	u32 len = length(z, &m->rep, pos_state);
	z->state = z->state < 7 ? 8 : 11;
	copy(z, len);
}

static void symbol(struct lzma *z)
{
	u32 pos_state = (u32)z->len & ((1u << z->pb) - 1);
	if (!bit(z, &z->m->is_match[z->state][pos_state]))
		literal(z);
	else if (!bit(z, &z->m->is_rep[z->state]))
		new_match(z, pos_state);
	else
		old_match(z, pos_state);
}

// ---- chunks of LZMA2

enum { END = 0x00, PLAIN_RESET = 0x01, PLAIN = 0x02, PACKED = 0x80 };
enum { RESET_STATE = 1, RESET_PROPERTIES = 2, RESET_ALL = 3 };

static void reset_state(struct lzma *z)
{
	u16 *chances = (u16 *)z->m;   // the model is an array of chances, by its members' types
	for (size_t i = 0; i < sizeof *z->m / sizeof *chances; i++)
		chances[i] = HALF;
	memset(z->rep, 0, sizeof z->rep);
	z->state = 0;
}

static bool set_properties(struct lzma *z, u8 p)
{
	z->lc = p % 9;
	z->lp = p / 9 % 5;
	z->pb = p / 9 / 5;
	return z->pb <= 4 && z->lc + z->lp <= 4;
}

static u32 rd_be16(struct rd *r)
{
	u32 high = rd_u8(r);
	return high << 8 | rd_u8(r);
}

static void begin_dictionary(struct lzma *z)
{
	z->out += z->len;
	z->max -= z->len;
	z->len = 0;
}

static bool plain_chunk(struct lzma *z, struct rd *in, u8 control)
{
	struct str bytes = rd_bytes(in, rd_be16(in) + 1);
	if (control == PLAIN_RESET)
		begin_dictionary(z);
	struct str room = {z->out, z->max}, to;
	if (control > PLAIN || in->bad)
		return false;
	z->full = !str_sub(room, z->len, bytes.len, &to);
	if (z->full)
		return false;
	memcpy(z->out + z->len, bytes.at, bytes.len);
	z->len += bytes.len;
	return true;
}

static bool packed_chunk(struct lzma *z, struct rd *in, u8 control)
{
	u32 reset = control >> 5 & 3;
	u32 unpacked = ((u32)(control & 0x1f) << 16) + rd_be16(in) + 1, packed = rd_be16(in) + 1;
	if (reset == RESET_ALL)
		begin_dictionary(z);
	if (reset >= RESET_PROPERTIES && !set_properties(z, rd_u8(in)))
		return false;
	if (reset >= RESET_STATE)
		reset_state(z);
	z->in = (struct rd){rd_bytes(in, packed), in->bad};
	z->bad |= rd_u8(&z->in) != 0; // the range coder begins with a zero
	z->range = UINT32_MAX;
	z->code = 0;
	for (size_t i = 0; i < 4; i++)
		z->code = z->code << 8 | rd_u8(&z->in);
	size_t from = z->len;
	while (z->len - from < unpacked && !z->bad && !z->in.bad)
		symbol(z);
	normalize(z);
	return !z->bad && !z->in.bad && z->len - from == unpacked && z->in.left.len == 0;
}

bool lzma2_unpack(struct rd *in, struct arena scratch, struct buf *out)
{
	struct lzma z = {.m = make(&scratch, 1, struct model), .out = out->at + out->len,
	                 .max = out->cap - out->len};
	bool begun = false, has_properties = false;
	for (;;) {
		u8 control = rd_u8(in);
		if (in->bad)
			return false;
		if (control == END)
			break;
		u32 reset = control >> 5 & 3;
		begun |= control == PLAIN_RESET || (control >= PACKED && reset == RESET_ALL);
		has_properties |= control >= PACKED && reset >= RESET_PROPERTIES;
		if (!begun || (control >= PACKED && !has_properties))
			return false;
		if (!(control >= PACKED ? packed_chunk(&z, in, control) : plain_chunk(&z, in, control))) {
			out->over = z.full;
			return false;
		}
	}
	out->len = (size_t)(z.out - out->at) + z.len;
	return true;
}
