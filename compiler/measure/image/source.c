// source: bytes that are read piece by piece. A file goes through pread, so that one which shrinks
// under us is an error and not a signal (mapping.c has what it takes to map one); a test's source
// is an array.
#include "measure/image/image.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct part { struct source of; u64 off; };

bool source_has(const struct source *s, u64 off, u64 len)
{
	return in_bounds(s->size, off, len);
}

bool source_read(const struct source *s, u64 off, u64 len, u8 *to)
{
	return source_has(s, off, len) && (len == 0 || s->read(s->of, off, to, (size_t)len));
}

bool source_place(const struct source *s, u64 off, struct file_place *out)
{
	struct file_place p;
	if (!source_has(s, off, 1) || !s->place || !s->place(s->of, off, &p))
		return false;
	u64 left = s->size - off;
	*out = (struct file_place){p.fd, p.off, p.len < left ? p.len : left};
	return out->len != 0;
}

bool source_bytes(const struct source *s, u64 off, u64 len, struct arena *a, struct str *out)
{
	if (!source_has(s, off, len) || (size_t)len != len)      // 32 bits hold less than a disk may
		return false;
	u8 *at = make(a, (size_t)len, u8);
	if (!source_read(s, off, len, at))
		return false;
	*out = (struct str){at, (size_t)len};
	return true;
}

bool source_failed(const struct source *s, u64 off, struct diag *d)
{
	return diag_report(d, (struct finding){FILE_CHANGED, .at = source_span(s, off, 0)});
}

struct span source_span(const struct source *s, u64 off, u64 len)
{
	u64 at;
	bool fits = add_u64(s->base_off, off, &at);
	return (struct span){s->file, len > UINT32_MAX ? UINT32_MAX : (u32)len, fits ? at : off};
}

// The piece was compared with the part's size, and the part with the whole: the sum can't wrap.
static bool part_read(void *of, u64 off, u8 *to, size_t len)
{
	const struct part *p = of;
	return p->of.read(p->of.of, p->off + off, to, len);
}

static bool part_place(void *of, u64 off, struct file_place *out)
{
	const struct part *p = of;
	return source_place(&p->of, p->off + off, out);
}

bool source_sub(const struct source *s, u64 off, u64 len, struct arena *a, struct source *out)
{
	if (!source_has(s, off, len))
		return false;
	struct part *p = make(a, 1, struct part);
	*p = (struct part){*s, off};
	*out = (struct source){len, s->file, source_span(s, off, 0).off, part_read, p, part_place};
	return true;
}

static bool str_read(void *of, u64 off, u8 *to, size_t len)
{
	struct str piece;
	if (!str_sub(*(struct str *)of, off, len, &piece))
		return false;
	memcpy(to, piece.at, piece.len);
	return true;
}

struct diag *diag_aside(struct arena *a, size_t bytes)
{
	struct arena *own = make(a, 1, struct arena);
	struct diag *d = make(a, 1, struct diag);
	u8 *room = make(a, bytes, u8);
	*own = arena_of(room, bytes, a->full, a->owner);
	*d = diag_quiet(own);
	return d;
}

struct source source_of_str(struct arena *a, struct str bytes, u32 file)
{
	struct str *of = make(a, 1, struct str);
	*of = bytes;
	return (struct source){bytes.len, file, 0, str_read, of, NULL};
}

// A read that failed is remembered, for whoever asked may take what is missing for an answer.
struct opened { int fd; atomic_int error; _Atomic u64 error_off; };

static bool file_piece(void *of, u64 off, u8 *to, size_t len)
{
	struct opened *o = of;
	while (len) {
		ssize_t n = pread(o->fd, to, len, (off_t)off);
		if (n < 0 && errno != EINTR) {
			atomic_store(&o->error_off, off);
			atomic_store(&o->error, errno);
		}
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0) {
			to += n;
			off += (u64)n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool file_place(void *of, u64 off, struct file_place *out)
{
	*out = (struct file_place){((struct opened *)of)->fd, off, UINT64_MAX};
	return true;
}

// What is no raw image, and the command that makes one of it: of IN, or of IN and OUT. `tail`: the
// magic lies that many bytes before the end.
static const struct container { struct str magic, name, command; bool names_out; u64 tail; }
containers[] = {
	{STR("QFI\xfb"), STR("qcow2"), STR("qemu-img convert -f qcow2 -O raw"), true, 0},
	{STR("KDMV"), STR("VMDK"), STR("qemu-img convert -f vmdk -O raw"), true, 0},
	{STR("# Disk DescriptorFile"), STR("VMDK"), STR("qemu-img convert -f vmdk -O raw"), true, 0},
	{STR("vhdxfile"), STR("VHDX"), STR("qemu-img convert -f vhdx -O raw"), true, 0},
	{STR("conectix"), STR("VHD"), STR("qemu-img convert -f vpc -O raw"), true, 0},
	{STR("conectix"), STR("VHD"), STR("qemu-img convert -f vpc -O raw"), true, 512},
	{STR("\x1f\x8b"), STR("gzip"), STR("gzip -dk"), false, 0},
	{STR("\xfd" "7zXZ\0"), STR("xz"), STR("xz -dk"), false, 0},
	{STR("\x28\xb5\x2f\xfd"), STR("zstd"), STR("zstd -d"), false, 0},
};

static bool is_plain(u8 c)
{
	size_t off;
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
	    || str_find(S("/._-+"), (struct str){&c, 1}, &off);
}

// One word of a shell's command.
static struct str quoted(struct arena *a, struct str path)
{
	size_t plain = 0;
	while (plain < path.len && is_plain(path.at[plain]))
		plain++;
	if (plain == path.len)
		return path;
	struct buf out = buf_new(a, 4 * path.len + 2);
	buf_byte(&out, '\'');
	for (size_t i = 0; i < path.len; i++)
		put(&out, path.at[i] == '\'' ? S("'\\") : S(""), ((struct str){path.at + i, 1}),
		    path.at[i] == '\'' ? S("'") : S(""));
	buf_byte(&out, '\'');
	return buf_str(&out);
}

static struct str command_of(struct arena *a, const struct container *c, struct str path)
{
	bool is_file = !str_eq(path, S("-"));
	if (is_file && str_starts(path, S("-")))
		path = cat(a, S("./"), path);   // no option
	struct str in = is_file ? quoted(a, path) : S("IN");
	struct str to = is_file ? quoted(a, cat(a, path, S(".raw"))) : S("OUT");
	return c->names_out ? cat(a, c->command, S(" "), in, S(" "), to)
	                    : cat(a, c->command, S(" "), in);
}

static bool has_magic(const struct source *s, const struct container *c)
{
	u8 start[32];
	u64 off = c->tail && source_has(s, 0, c->tail) ? s->size - c->tail : 0;
	return source_read(s, off, c->magic.len, start)
	    && str_eq((struct str){start, c->magic.len}, c->magic);
}

bool source_is_raw(const struct source *s, struct str path, struct diag *d)
{
	for (size_t i = 0; i < countof(containers); i++)
		if (has_magic(s, &containers[i]))
			return diag_report(d, (struct finding){IMAGE_CONTAINER, .at = {s->file, 0, 0},
				.arg = {path, containers[i].name,
				        command_of(d->arena, &containers[i], path)}});
	return true;
}

static bool fails(struct diag *d, struct str path, int error)
{
	return diag_report(d, (struct finding){FILE_UNREADABLE, .arg = {path,
		str_from(strerror(error))}});
}

// A pipe has no offsets: all of it goes into memory, up to what a UKI or a small disk may have.
static bool spool(struct arena *a, int fd, struct str path, u32 file, struct source *out,
                  struct diag *d)
{
	static const u64 spool_max = (u64)2 << 30;
	struct buf all = buf_new(a, spool_max);
	u8 piece[1 << 16];
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return fails(d, path, errno);
		if (n > 0)
			buf_put(&all, (struct str){piece, (size_t)n});
		if (all.over)
			return diag_report(d, (struct finding){FILE_TOO_LARGE, .arg = {path,
				str_number(d->arena, spool_max)}});
	}
	*out = source_of_str(a, buf_str(&all), file);
	return true;
}

static bool open_file(struct arena *a, int fd, u32 file, struct source *out)
{
	off_t end = lseek(fd, 0, SEEK_END);   // block devices say 0 in fstat
	if (end < 0)
		return false;
	struct opened *of = make(a, 1, struct opened);
	of->fd = fd;
	*out = (struct source){(u64)end, file, 0, file_piece, of, file_place};
	return true;
}

static bool open_kind(struct arena *a, int fd, struct str path, u32 file, struct source *out,
                      struct diag *d)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return fails(d, path, errno);
	if (S_ISDIR(st.st_mode))
		return fails(d, path, EISDIR);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return spool(a, fd, path, file, out, d);
	return open_file(a, fd, file, out) || fails(d, path, errno);
}

bool source_open(struct arena *a, struct str path, struct source *out, struct diag *d)
{
	struct arena scratch = *a;
	bool is_stdin = str_eq(path, S("-"));
	int fd = is_stdin ? STDIN_FILENO : open(str_z(&scratch, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fails(d, path, errno);
	u32 file = sources_add(&d->sources, path, S(""));
	d->sources.list[file - 1].binary = true;
	struct source got = {0};
	bool done = open_kind(a, fd, path, file, &got, d) && source_is_raw(&got, path, d);
	if (done)
		*out = got;
	if (!is_stdin && (!done || got.read != file_piece))
		close(fd);
	return done;
}

void source_close(struct source *s)
{
	struct opened *o = s->of;
	if (s->read == file_piece && o->fd != STDIN_FILENO)
		close(o->fd);
	*s = (struct source){0};
}

bool source_is_whole(const struct source *s, struct str path, struct diag *d)
{
	struct opened *o = s->read == file_piece ? s->of : NULL;
	int error = o ? atomic_load(&o->error) : 0;
	if (!error)
		return true;
	d->len = 0;                   // what was found without those bytes is no answer
	struct str off = str_number(d->arena, atomic_load(&o->error_off));
	return diag_report(d, (struct finding){FILE_UNREADABLE, .arg = {path,
		cat(d->arena, str_from(strerror(error)), S(", at byte "), off)}});
}
