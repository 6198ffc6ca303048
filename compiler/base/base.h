// What every pass may use, and all it may use: bytes, memory, text, files, findings.
// base/ knows nothing of AMIs and calls nobody but libc, jansson and PCRE2.
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t  u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define countof(a) (sizeof (a) / sizeof *(a))
#define must_use   __attribute__((warn_unused_result))
#define no_return  __attribute__((noreturn))

// str.c: a view of bytes that it does not own, with no NUL behind it.
struct str { const u8 *at; size_t len; };
#define STR(lit) {(const u8 *)"" lit, sizeof lit - 1}   // in a table
#define S(lit)   ((struct str)STR(lit))                 // in an expression

// The one comparison of an offset with a length: false unless [off, off+len) lies in s.
bool must_use str_sub(struct str s, u64 off, u64 len, struct str *out);
bool must_use in_bounds(u64 size, u64 off, u64 len);    // the same for what is not in memory
struct str str_from(const char *z);                     // of argv, jansson, strerror; NULL is empty
bool str_eq(struct str a, struct str b);
int  str_cmp(struct str a, struct str b);               // by bytes, shorter first: -1, 0, 1
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_find(struct str s, struct str what, size_t *off);  // first place; `what` not empty
// Splits at the first `at`: *head before, the rest (after it) returned. Without one: all, empty.
struct str str_cut(struct str s, u8 at, struct str *head);
struct str str_trim(struct str s);                      // blanks, tabs, CR and LF at both ends
// Decimal digits only, all of s, no sign. False when empty, other, or beyond u64.
bool must_use str_u64(struct str s, u64 *out);
// Edits (insert, delete, replace, swap of neighbours) from a to b; case counts half of nothing.
size_t str_distance(struct str a, struct str b);
// The candidate near enough to `word` to be what was meant, or an empty str.
struct str str_nearest(struct str word, const struct str *words, size_t count);

// Two digits of either case a byte; `out` has room for half of hex.len. False for other text.
bool must_use str_unhex(struct str hex, u8 *out);

bool must_use add_u64(u64 a, u64 b, u64 *out);
bool must_use mul_u64(u64 a, u64 b, u64 *out);

// arena.c: freed all at once. Pass one by value to have scratch memory that the return gives back:
// while such a copy is in use, only the copy may be taken from. Keep one whole to give back what
// was taken since (`*a = before`). When there is no memory, an arena takes its owner's one way out
// and does not return.
struct arena {
	u8 *at, *end;
	no_return void (*full)(void *owner);
	void *owner;
	struct arena_block *block;    // the one that `at` is in; NULL: that room is all there is
};
// An arena that grows in blocks, as large as memory is; arena_free gives them back to the system.
struct arena arena_new(size_t first_bytes, no_return void (*full)(void *owner), void *owner);
void arena_free(struct arena *first);                   // as arena_new made it
// One over memory that is there already, which is all that it has.
struct arena arena_of(u8 *at, size_t len, no_return void (*full)(void *owner), void *owner);
// Room for `more` bytes behind `end`, not zeroed, when that is where the newest memory ends.
bool arena_extend(struct arena *a, const void *end, size_t more);
size_t arena_used(const struct arena *a);               // bytes, in this block and those before it
void *arena_take(struct arena *a, size_t count, size_t size, size_t align);   // zeroed
u8 *arena_room(struct arena *a, size_t len);            // not zeroed: write it before you read
#define make(a, n, T) ((T *)arena_take((a), (n), sizeof(T), _Alignof(T)))
// A list with room for one more, where it is or in a copy of twice the size; *cap: for how many.
void *arena_grow(struct arena *a, void *list, size_t count, size_t *cap, size_t size, size_t align);
#define grown(a, list, count, cap, T) \
	((T *)arena_grow((a), (list), (count), (cap), sizeof(T), _Alignof(T)))
struct str str_copy(struct arena *a, struct str s);
const char *str_z(struct arena *a, struct str s);       // a copy with a NUL, for libc
struct str str_join(struct arena *a, const struct str *parts, size_t count);
#define cat(a, ...) str_join((a), (struct str[]){__VA_ARGS__}, \
                             countof(((struct str[]){__VA_ARGS__})))
struct str str_number(struct arena *a, u64 n);          // decimal
struct str str_hex(struct arena *a, struct str bytes);  // lower case

// buf.c: text that grows to a maximum, said at birth. Beyond it `over` is set and stays, and
// what is written after that is lost: the owner checks once, at the end.
struct buf { u8 *at; size_t len, cap, max; struct arena *arena; bool over; };
struct buf buf_new(struct arena *a, size_t max);
void buf_put(struct buf *b, struct str s);
void buf_byte(struct buf *b, u8 c);
void buf_fill(struct buf *b, u8 c, size_t count);
void buf_number(struct buf *b, u64 n);                  // decimal
void buf_le(struct buf *b, u64 value, size_t bytes);    // little-endian
void buf_text(struct buf *b, const struct str *parts, size_t count);
#define put(b, ...) buf_text((b), (struct str[]){__VA_ARGS__}, \
                             countof(((struct str[]){__VA_ARGS__})))
struct str buf_str(const struct buf *b);
struct str buf_end(struct buf *b);      // the same; room that it had left goes back to the arena

// rd.c: reads little-endian fields in order; fails once and stays failed, then gives zeros.
struct rd { struct str left; bool bad; };
u8  rd_u8(struct rd *r);
u16 rd_le16(struct rd *r);
u32 rd_le32(struct rd *r);
u64 rd_le64(struct rd *r);
struct str rd_bytes(struct rd *r, u64 n);
void rd_skip(struct rd *r, u64 n);

// utf8.c
// Decodes one code point. 0 when s is empty or does not begin with well-formed UTF-8
// (overlong forms and surrogates are not), else its length in bytes.
size_t utf8_next(struct str s, u32 *out);
bool utf8_valid(struct str s, size_t *bad_off);
size_t utf8_ascii(struct str s);                        // how many bytes at its begin are ASCII
size_t utf8_columns(struct str s);                      // terminal columns (wide = 2)
size_t utf8_count(struct str s);                        // code points

// utf16.c: UTF-16 in little-endian bytes. What is ill-formed becomes U+FFFD; an odd last byte is
// left out.
struct str utf16_to_utf8(struct arena *a, struct str units);
struct str utf8_to_utf16(struct arena *a, struct str s);      // no NUL behind it
void utf8_put(struct buf *b, u32 code_point);

// printable.c: for a terminal. What it would obey instead of showing it becomes U+FFFD: controls
// below U+0020 and from U+007F to U+009F, of which some take U+009B for the beginning of a command;
// U+202A to U+202E and U+2066 to U+2069, which turn the order of what follows; ill-formed bytes.
struct str utf8_printable(struct arena *a, struct str s);     // of a name: line ends, too
void buf_printable(struct buf *b, struct str text);           // of lines: ends and tabs stay
// The length of such a character at the beginning of s, or 0; *out is the character.
size_t utf8_obeyed(struct str s, u32 *out);

// diag.c: findings. A pass records every one that it can and never prints.
// A span is bytes of a file; file 0 is "nowhere".
struct span { u32 file, len; u64 off; };
enum severity { NOTE, WARNING, ERROR };
// From schemas/diagnostics.json: one row a finding, in the order of their codes.
enum rule {
#define RULE(id, code, severity, message, label, note, help, explain) id,
#include "rules.def"
#undef RULE
	RULE_COUNT
};
enum { RULE_ARGS = 6 };
struct rule_text { struct str id, code; enum severity severity;
                   struct str message, label, note, help, explain; };
extern const struct rule_text rules[RULE_COUNT];

// The texts of a rule hold {0} to {5}, filled from arg. A label, note or help one of whose
// arguments is empty is left out, so that "did you mean '{2}'?" needs no second rule.
struct finding {
	enum rule rule;
	struct span at;               // the wrong token
	struct str arg[RULE_ARGS];
	struct span also;             // a second place, when two matter
	struct str also_label;
	struct span fix_at;           // machine-applicable edit: replace these bytes …
	struct str fix;               // … by these
	bool fixable;
};
struct source_text {
	struct str path, text;
	bool binary;                  // findings name an offset, not a line
	bool borrowed;                // its text lies in memory that is given back during the run
	u32 *line_offs;               // where each line begins
	u32 line_count;
};
struct sources { struct source_text *list; u32 count; size_t cap; struct arena *arena; };
u32 sources_add(struct sources *s, struct str path, struct str text);   // the file's number, ≥ 1
// Before borrowed texts go: those that findings show are copied, the others forgotten.
struct diag;
void sources_settle(struct diag *d);
// The line, from 0, that an offset is in: the last one that begins at or before it.
u32 source_line(const struct source_text *s, u64 off);
struct str source_line_text(const struct source_text *s, u32 line);     // without its end

// Findings have an arena of their own: reporting must not write over the scratch memory of
// whoever reports. diag_report copies the texts of a finding into it.
struct diag {
	struct arena *arena;
	struct finding *list;
	size_t len, cap;
	size_t dropped;               // beyond DIAG_MAX: counted, not kept
	bool failed;                  // an ERROR was recorded
	bool quiet;                   // nobody will read them: all are dropped
	struct sources sources;
};
enum { DIAG_MAX = 2000 };
void diag_keep(struct diag *d, const struct finding *f);
// Records a finding. Always false, so that a pass reports and returns in one line; here, where
// analysers of the caller see it, too.
static inline bool diag_report(struct diag *d, struct finding f)
{
	diag_keep(d, &f);
	return false;
}
// For a trial: what it finds is nobody's finding. It has no sources of another list.
struct diag diag_quiet(struct arena *a);
// How many were recorded, kept or not. The same as before: nothing was found.
static inline size_t diag_count(const struct diag *d) { return d->len + d->dropped; }
// Would it keep one more? If not, nobody need look for better words.
static inline bool diag_listens(const struct diag *d) { return !d->quiet && d->len < DIAG_MAX; }
// By file, place, code; the same finding at the same place once.
void diag_sort(struct diag *d);
bool rule_by_code(struct str code, enum rule *out);

// file.c: the only file input and output besides measure/image/source.c.
// Reads a whole file of at most `max` bytes; "-" is standard input. Reports and returns false
// when it can't be read, is a folder or a device, or is larger. A pipe is read to its end; one
// into which nobody writes is an error, not a wait.
bool must_use file_read(struct arena *a, struct str path, u64 max, struct str *out, struct diag *d);
bool file_exists(struct arena scratch, struct str path);
bool must_use folder_make(struct arena scratch, struct str path, struct diag *d);
bool folder_is(struct arena scratch, struct str path);
// The names in a folder that do not begin with a dot, sorted.
bool must_use folder_list(struct arena *a, struct str path, struct str **out, size_t *count,
                          struct diag *d);
// `name` seen from the folder of `beside`; an absolute name stays.
struct str path_beside(struct arena *a, struct str beside, struct str name);
struct str path_join(struct arena *a, struct str folder, struct str name);
// The absolute name, without links and dots, of what is there. False when it is not.
bool must_use path_real(struct arena *a, struct str path, struct str *out);
// Whether `path` is `folder` or lies in it; both as path_real has them.
bool path_within(struct str folder, struct str path);

// change.c: all or nothing as far as a file system can: temporary files beside the targets, fsync,
// then the renames, none of which a signal interrupts, under a lock on each folder. When a rename
// fails, a finding names the files that are new already. A file whose content is already so is
// left untouched; a link is followed, also to what is not there yet; a file keeps its mode and,
// where that is allowed, its owner. A device or a pipe is never replaced.
struct output { struct str path, bytes; };
bool must_use files_write(const struct output *list, size_t count, struct arena scratch,
                          struct diag *d);
// Gives them the present time: make and ninja take what was left untouched for done.
void files_touch(const struct output *list, size_t count, struct arena scratch);

// library.c: schemas/ and stdlib/, compiled in, or read from the folder of --stdlib.
struct json_kept { struct str name; json_t *json; };
struct json_cache { struct json_kept list[64]; size_t count; };
struct library {
	struct str folder;
	struct arena *arena;          // what is read, and what passes make of it for all specs of a run
	struct arena unread;          // the same before anything was: `block` NULL, it is never reset
	struct diag *diag;
	struct json_cache *cache;     // NULL: files are parsed anew each time
	struct patterns *patterns;    // of schemas/, compiled; NULL: anew each time
	struct facts *facts;          // facts.c: what was read of schemas/ so far
};
bool library_has(struct library *l, struct str name);
bool must_use library_text(struct library *l, struct str name, struct str *out);
// A *.yaml or *.json of the program's own as a tree, packed; empty for a library that lies on the
// disk.
struct str library_tree(const struct library *l, struct str name);
// The caller owns the result (json_decref). Reports and returns NULL when it is no JSON.
json_t *library_json(struct library *l, struct str name);   // *.json have no text of their own
// Keeps what library_json parses until the process ends.
void library_keep(struct library *l);
// Names with that prefix, sorted; the count is returned.
size_t library_list(struct library *l, struct str prefix, struct str **out);
struct str json_str(const json_t *object, const char *key);   // empty when absent or no text

// pattern.c: PCRE2, whole-text match of `text` with `pattern` (anchored at both ends).
// False also when the pattern itself does not compile or runs into its limit. What was compiled
// stays in `p`, whose arena is nobody's scratch memory; without `p` it is freed at once.
struct patterns { struct arena *arena; struct kept_pattern *slots[128]; };
bool pattern_matches(struct patterns *p, struct str pattern, struct str text);
// The same anywhere in `text`, as JSON Schema's "pattern" means it.
bool pattern_found(struct patterns *p, struct str pattern, struct str text);
bool pattern_compiles(struct str pattern);

// cbor.c: RFC 8949, read as a CDDL is written: one call an item. Fails once and stays failed,
// then gives zeros; `why` says what was wrong.
struct cbor {
	struct str left, whole;
	const char *why;              // NULL: good so far
	bool shortest;                // heads in their shortest form, lengths definite
};
struct cbor cbor_over(struct str bytes);
size_t cbor_off(const struct cbor *c);              // of what comes next
bool cbor_fail(struct cbor *c, const char *why);    // always false; the first reason stays
u64 cbor_uint(struct cbor *c, u64 max);
bool cbor_is(struct cbor *c, int number);           // an integer of this value, or it fails
struct str cbor_bytes(struct cbor *c, size_t min, size_t max);
struct str cbor_text(struct cbor *c, size_t min, size_t max);      // UTF-8
bool cbor_null(struct cbor *c);                     // takes a null if one comes next
bool cbor_tag(struct cbor *c, u64 tag);             // takes this tag if it comes next
struct cbor_group { u64 left; bool open; };         // open: until the break
struct cbor_group cbor_array(struct cbor *c, u64 min, u64 max);
struct cbor_group cbor_map(struct cbor *c, u64 min, u64 max);
bool cbor_more(struct cbor *c, struct cbor_group *g);      // takes the break; at most left items
void cbor_skip(struct cbor *c, unsigned depth);     // an item of any kind, so deep at most
bool cbor_end(struct cbor *c);                      // good, and nothing follows

// base64.c: RFC 4648, 4. Blanks and line ends may stand between the digits; false for any other
// text, and for none.
bool must_use base64_read(struct str text, struct arena *a, struct str *out);
struct str base64_write(struct str bytes, struct arena *a);

// sha.c: libcrypto's digests.
struct str sha256(struct arena *a, struct str bytes);         // 32 bytes

// memo.c: what is known about some content, by its digest. Values are the caller's and outlive it.
struct memo { struct arena *arena; struct memo_entry *slots[1024]; };
void *memo_find(const struct memo *m, struct str key);            // or NULL
void memo_keep(struct memo *m, struct str key, void *value);      // the key is copied

// args.c: a command line against a table; --help and completion come from the same table.
struct option {
	char letter;                  // 0: none
	struct str name;              // "format"
	struct str arg;               // "FORMAT"; empty: a flag; only "TEXT" may be empty
	struct str help;
	bool many;                    // may be given again; else twice is an error
};
struct args {
	const struct option *options;
	size_t option_count;
	struct str **values;          // per option: its values; a flag has empty ones
	size_t *value_count;
	struct str *rest;             // operands
	size_t rest_count;
};
bool must_use args_parse(struct arena *a, const struct option *options, size_t count,
                         struct str *argv, size_t argc, struct args *out, struct diag *d);
bool args_has(const struct args *a, struct str name);
struct str args_value(const struct args *a, struct str name);  // the last one, or empty
const struct str *args_values(const struct args *a, struct str name, size_t *count);   // all
