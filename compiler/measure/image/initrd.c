// initrd: what the kernel is handed in, the files that somebody asks for out. Archives (cpio,
// "newc") one after the other, plain or compressed, with zeros between them. All of it passes
// through once, a piece at a time: an initrd of 200 MB takes no more memory than a small one.
// Linux Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c.
#include "measure/image/internal.h"
#include <string.h>

enum { IN_BYTES = 32 << 10, OUT_BYTES = 128 << 10 };
static const struct str trailer = STR("TRAILER!!!");

// ---- archives, as their bytes come

// BETWEEN: behind a trailer, where zeros or another part may follow.
enum place { BETWEEN, HEADER, NAME, DATA };
enum { FIELDS = 13, MODE = 1, SIZE = 6, NAME_SIZE = 11, HEADER_BYTES = 6 + 8 * FIELDS,
       NAME_MAX_BYTES = 4096 };
struct archives {
	struct initrd *into;
	enum place place;
	u64 off;                      // since the archive began: names and data end at a multiple of 4
	u64 left, padding;            // of the name or the data
	size_t have;                  // bytes of the header or of the name that were kept
	u32 field[FIELDS];
	struct initrd_file *file;     // whose data comes; NULL: nobody asked for it
	u8 header[HEADER_BYTES], name[NAME_MAX_BYTES];
};

static bool read_header(struct archives *c)
{
	struct rd r = {{c->header, HEADER_BYTES}, false};
	struct str magic = rd_bytes(&r, 6);
	if (!str_eq(magic, S("070701")) && !str_eq(magic, S("070702")))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		u8 b[4];
		if (!str_unhex(rd_bytes(&r, 8), b))
			return false;
		c->field[i] = (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
	}
	return true;
}

static void begin(struct archives *c, enum place place, u64 bytes)
{
	c->place = place;
	c->have = 0;
	c->left = bytes;
	c->padding = place == HEADER ? 0 : -(c->off + bytes) & 3;
}

// As the kernel sees a name: from the root, without its NUL.
static struct str plain_name(struct str name)
{
	(void)str_cut(name, 0, &name);
	while (str_starts(name, S("/")) || str_starts(name, S("./"))) {
		size_t skip = name.at[0] == '/' ? 1 : 2;
		name.at += skip;
		name.len -= skip;
	}
	return name;
}

static struct initrd_file *find_file(const struct initrd *i, struct str name)
{
	for (size_t n = 0; n < i->count; n++)
		if (str_eq(i->list[n].name, name))
			return &i->list[n];
	return NULL;
}

// A later file takes an earlier one's place, as in the kernel.
static void name_ends(struct archives *c)
{
	struct str name = plain_name((struct str){c->name, c->have});
	if (str_eq(name, trailer)) {
		begin(c, BETWEEN, 0);
		return;
	}
	c->into->entries++;
	c->file = find_file(c->into, name);
	if (c->file) {
		c->file->found = true;
		c->file->whole = c->field[SIZE] <= INITRD_FILE_MAX;
		c->file->mode = c->field[MODE];
		c->file->data.len = 0;
	}
	begin(c, DATA, c->field[SIZE]);
}

static void data_comes(struct archives *c, struct str bytes)
{
	struct initrd_file *f = c->file;
	if (!f || !f->whole || !bytes.len)
		return;
	memcpy(f->room + f->data.len, bytes.at, bytes.len);
	f->data = (struct str){f->room, f->data.len + bytes.len};
}

static void name_comes(struct archives *c, struct str bytes)
{
	size_t room = sizeof c->name - c->have, len = bytes.len < room ? bytes.len : room;
	if (len)
		memcpy(c->name + c->have, bytes.at, len);
	c->have += len;
}

// What is complete leads on to what follows; false for a broken header.
static bool next_place(struct archives *c)
{
	while (c->place != BETWEEN && c->left == 0 && c->padding == 0) {
		if (c->place == HEADER) {
			if (!read_header(c))
				return false;
			begin(c, NAME, c->field[NAME_SIZE]);
		} else if (c->place == NAME) {
			name_ends(c);
		} else {
			begin(c, HEADER, HEADER_BYTES);
		}
	}
	return true;
}

static struct str take(struct str *from, u64 most)
{
	struct str got = {from->at, most < from->len ? (size_t)most : from->len};
	from->at += got.len;
	from->len -= got.len;
	return got;
}

static void skip_zeros(struct str *bytes)
{
	while (bytes->len && bytes->at[0] == 0)
		(void)take(bytes, 1);
}

static void place_comes(struct archives *c, struct str bytes)
{
	if (c->place == HEADER) {
		memcpy(c->header + c->have, bytes.at, bytes.len);
		c->have += bytes.len;
	} else if (c->place == NAME) {
		name_comes(c, bytes);
	} else {
		data_comes(c, bytes);
	}
	c->off += bytes.len;
	c->left -= bytes.len;
}

// Takes what belongs to archives off the front of `bytes`: all, or up to what is something else.
static bool archives_take(struct archives *c, struct str *bytes)
{
	while (bytes->len) {
		if (c->place == BETWEEN) {
			skip_zeros(bytes);
			if (!bytes->len || bytes->at[0] != '0')
				return true;
			c->off = 0;
			begin(c, HEADER, HEADER_BYTES);
		}
		struct str some = take(bytes, c->left);
		if (some.len)
			place_comes(c, some);
		if (c->left == 0) {
			struct str pad = take(bytes, c->padding);
			c->off += pad.len;
			c->padding -= pad.len;
		}
		if (!next_place(c))
			return false;
	}
	return true;
}

// May the bytes end here? The last archive may lack its trailer and its padding.
static bool archives_end(const struct archives *c)
{
	return c->place == BETWEEN || (c->place == HEADER && c->have == 0)
	    || (c->place == DATA && c->left == 0);
}

// ---- parts

struct reading {
	const struct source *s;
	u64 off;                      // of what comes next
	u64 left;                     // bytes that may still come out of what is packed
	struct archives archives;
	u8 in[IN_BYTES], out[OUT_BYTES];
};
enum outcome { DONE, BROKEN, TOO_LARGE, TOO_FAR, UNREADABLE };

static bool next_bytes(struct reading *r, struct str *out)
{
	u64 rest = r->s->size - r->off;
	*out = (struct str){r->in, rest < IN_BYTES ? (size_t)rest : IN_BYTES};
	return source_read(r->s, r->off, out->len, r->in);
}

// What one step gave, into the archives within; nothing else may be packed.
static enum outcome unpacked_comes(struct reading *r, struct str bytes)
{
	if (bytes.len > r->left)
		return TOO_LARGE;
	r->left -= bytes.len;
	return archives_take(&r->archives, &bytes) && bytes.len == 0 ? DONE : BROKEN;
}

static enum outcome unpack_all(struct reading *r, const struct packing *p, void *state)
{
	for (;;) {
		struct str in;
		if (!next_bytes(r, &in))
			return UNREADABLE;
		struct unpack_step s = {in, r->off + in.len == r->s->size, r->out, OUT_BYTES};
		enum unpacked status = p->step(state, &s);
		size_t made = OUT_BYTES - s.room, taken = in.len - s.in.len;
		enum outcome o = unpacked_comes(r, (struct str){r->out, made});
		r->off += taken;
		if (o != DONE || status == UNPACK_WINDOW)
			return o != DONE ? o : TOO_FAR;
		if (status == UNPACK_END)
			return archives_end(&r->archives) ? DONE : BROKEN;
		if (status == UNPACK_BROKEN || (made == 0 && taken == 0))
			return BROKEN;
	}
}

static enum outcome packed_part(struct reading *r, const struct packing *p, struct arena scratch)
{
	void *state = p->open(&scratch);
	if (!state)
		return BROKEN;
	r->archives.place = BETWEEN;
	enum outcome o = unpack_all(r, p, state);
	p->close(state);
	r->archives.place = BETWEEN;
	return o;
}

// Plain archives, up to what is something else.
static enum outcome plain_part(struct reading *r)
{
	r->archives.place = BETWEEN;
	while (r->off < r->s->size) {
		struct str in;
		if (!next_bytes(r, &in))
			return UNREADABLE;
		struct str rest = in;
		if (!archives_take(&r->archives, &rest))
			return BROKEN;
		r->off += in.len - rest.len;
		if (rest.len)
			return DONE;
	}
	return archives_end(&r->archives) ? DONE : BROKEN;
}

static enum outcome read_parts(struct reading *r, struct arena scratch, struct str *name)
{
	enum outcome o = DONE;
	while (o == DONE && r->off < r->s->size) {
		struct str in;
		if (!next_bytes(r, &in))
			return UNREADABLE;
		const struct packing *p = packing_find(in);
		*name = p ? p->name : S("cpio");
		if (!p && in.at[0] != 0 && in.at[0] != '0') {
			r->archives.into->opaque = S("an unknown program");
			break;
		}
		if (p && !p->open) {
			r->archives.into->opaque = p->name;
			break;
		}
		o = p ? packed_part(r, p, scratch) : plain_part(r);
	}
	return o;
}

u64 initrd_limit(u64 packed_bytes)
{
	enum { USUAL = 8 };
	u64 bytes, least = (u64)256 << 20;
	return mul_u64(packed_bytes, USUAL, &bytes) && bytes > least ? bytes : least;
}

bool initrd_read(const struct source *s, u64 unpacked_max, struct arena *a, struct initrd *into,
                 struct diag *d)
{
	for (size_t i = 0; i < into->count; i++)
		into->list[i].room = arena_room(a, INITRD_FILE_MAX);
	struct arena scratch = *a;
	struct reading *r = make(&scratch, 1, struct reading);
	struct str name = {0};
	r->s = s;
	r->left = into->unpacked_max = unpacked_max ? unpacked_max : initrd_limit(s->size);
	r->archives.into = into;
	enum outcome o = read_parts(r, scratch, &name);
	into->too_large = o == TOO_LARGE;
	into->too_far = o == TOO_FAR;
	if (o == BROKEN)
		return diag_report(d, (struct finding){INITRD_BROKEN, .at = source_span(s, r->off, 0),
			.arg = {name}});
	return o != UNREADABLE || source_failed(s, r->off, d);
}

const struct initrd_file *initrd_find(const struct initrd *i, struct str name)
{
	const struct initrd_file *f = find_file(i, name);
	return f && f->found ? f : NULL;
}
