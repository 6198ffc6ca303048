// chain: command line and initrd in; out the root hashes that they pin, and findings for what
// lets something else run. Which words mean what is data: schemas/chain.json.
#include "measure/boot/internal.h"

struct words { struct str *name, *value; size_t count; };

static struct str behind(struct str s, size_t len)
{
	struct str rest;
	return str_sub(s, len, s.len - len, &rest) ? rest : (struct str){0};
}

// ---- the command line, as the kernel takes it apart (lib/cmdline.c): blanks part words, except
// between double quotes, which are not kept.
static struct str next_word(struct str *left, struct arena *a)
{
	struct buf word = buf_new(a, left->len + 1);
	bool quoted = false;
	size_t i = 0;
	while (i < left->len && (left->at[i] == ' ' || left->at[i] == '\t' || left->at[i] == '\n'))
		i++;
	for (; i < left->len && (quoted || (left->at[i] != ' ' && left->at[i] != '\t'
	                                    && left->at[i] != '\n')); i++) {
		if (left->at[i] == '"')
			quoted = !quoted;
		else
			buf_byte(&word, left->at[i]);
	}
	*left = behind(*left, i);
	return buf_str(&word);
}

static struct words split_line(struct str text, struct arena *a)
{
	size_t most = text.len / 2 + 1;
	struct words w = {make(a, most, struct str), make(a, most, struct str), 0};
	struct str left = text;
	while (left.len && w.count < most) {
		struct str word = next_word(&left, a);
		if (word.len == 0)
			continue;
		w.value[w.count] = str_cut(word, '=', &w.name[w.count]);
		w.count++;
	}
	return w;
}

// '-' and '_' are one letter in names, as in the kernel and in systemd.
static bool same_name(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		u8 x = a.at[i] == '-' ? '_' : a.at[i], y = b.at[i] == '-' ? '_' : b.at[i];
		if (x != y)
			return false;
	}
	return true;
}

// The last one counts; *name becomes what the line has. "-b" is a word of its own, so nothing is
// cut from names.
static bool find_word(const struct words *w, struct str *name, struct str *value)
{
	for (size_t i = w->count; i > 0; i--) {
		if (same_name(w->name[i - 1], *name)) {
			*name = w->name[i - 1];
			*value = w->value[i - 1];
			return true;
		}
	}
	return false;
}

// ---- root hashes

static bool add_root(struct chain *c, struct str hex, struct str of, struct str from, u64 off)
{
	struct root_hash r = {.of = of, .from = from, .len = hex.len / 2, .hash_off = off};
	if (c->count == CHAIN_ROOTS_MAX || r.len < 20 || r.len > BANK_MAX_BYTES
	    || !str_unhex(hex, r.bytes))
		return false;
	c->roots[c->count++] = r;
	return true;
}

static struct str next_field(struct str *left)
{
	struct str field;
	*left = str_trim(*left);
	size_t len = 0;
	while (len < left->len && left->at[len] != ' ' && left->at[len] != '\t'
	       && left->at[len] != '\n')
		len++;
	field = (struct str){left->at, len};
	*left = behind(*left, len);
	return field;
}

// A table of device-mapper: "… verity VERSION DATA HASH SIZE SIZE BLOCKS START ALGORITHM ROOT …".
static void add_table(struct chain *c, struct str table, struct str of, struct str from)
{
	enum { ROOT_FIELD = 9 };
	struct str left = table, field = {0};
	while (left.len && !str_eq(field, S("verity")))
		field = next_field(&left);
	for (size_t i = 0; i < ROOT_FIELD; i++)
		field = next_field(&left);
	(void)add_root(c, field, of, from, 0);
}

// ---- rules over the words

struct rules_of { const struct words *words; struct chain *chain; struct arena *arena;
                  struct diag *diag; };

static struct str kept(const struct rules_of *r, const json_t *row, const char *key)
{
	return str_copy(r->arena, json_str(row, key));
}

static void apply_parameter(struct rules_of *r, const json_t *row)
{
	struct str name = kept(r, row, "name"), value, shown;
	struct str pins = kept(r, row, "pins"), table = kept(r, row, "table");
	if (!find_word(r->words, &name, &value))
		return;
	struct str from = cat(r->arena, S("'"), name, S("=' on the command line"));
	if (pins.len)
		(void)add_root(r->chain, value, pins, from, 0);
	if (table.len)
		add_table(r->chain, value, table, from);
	struct str opens = json_str(row, "opens");
	if (!opens.len || !pattern_matches(NULL, json_str(row, "value"), value))
		return;
	shown = value.len ? cat(r->diag->arena, name, S("="), value) : str_copy(r->diag->arena, name);
	diag_report(r->diag, (struct finding){.rule = CHAIN_OPEN,
		.arg = {shown, str_copy(r->diag->arena, opens)}});
}

static void apply_required(struct rules_of *r, const struct initrd *files, const json_t *row)
{
	struct str name = json_str(row, "name"), value;
	if (find_word(r->words, &name, &value) || !initrd_find(files, json_str(row, "with")))
		return;
	diag_report(r->diag, (struct finding){.rule = CHAIN_DOUBT,
		.arg = {str_copy(r->diag->arena, json_str(row, "doubt"))}});
}

// systemd's veritytab(5): name, data device, hash device, root hash, options.
static void apply_veritytab(struct rules_of *r, struct str text, const json_t *known)
{
	struct str left = text, line, from = cat(r->arena, S("the initrd's /"), kept(r, known, "file"));
	while (left.len) {
		left = str_cut(left, '\n', &line);
		line = str_trim(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		struct str hex = {0}, option, rest = line;
		u64 off = 0;
		for (size_t i = 0; i < 4; i++)
			hex = next_field(&rest);
		rest = str_trim(rest);
		while (rest.len) {
			struct str prefix = json_str(known, "offset");
			rest = str_cut(rest, ',', &option);
			if (str_starts(option, prefix)
			    && !str_u64((struct str){option.at + prefix.len, option.len - prefix.len}, &off))
				off = 0;
			if (str_eq(option, json_str(known, "option")))
				diag_report(r->diag, (struct finding){.rule = CHAIN_OPEN,
					.arg = {str_copy(r->diag->arena, option),
					        str_copy(r->diag->arena, json_str(known, "opens"))}});
		}
		(void)add_root(r->chain, hex, kept(r, known, "pins"), from, off);
	}
}

static void apply_rules(struct rules_of *r, const struct initrd *files, const json_t *known)
{
	size_t i;
	json_t *row;
	const json_t *tab = json_object_get(known, "veritytab");
	const struct initrd_file *text = initrd_find(files, json_str(tab, "file"));
	json_array_foreach(json_object_get(known, "parameters"), i, row)
		apply_parameter(r, row);
	json_array_foreach(json_object_get(known, "required"), i, row)
		apply_required(r, files, row);
	if (text)
		apply_veritytab(r, text->data, tab);
}

// ---- what was handed to the kernel

static void want(struct initrd *files, struct str name, struct arena *a)
{
	if (name.len)
		files->list[files->count++] = (struct initrd_file){.name = str_copy(a, name)};
}

// The files that the rules look at, and nothing else of the initrd, are kept.
static bool read_initrd(const struct handed *h, const json_t *known, struct arena *a,
                        struct initrd *out, struct diag *d)
{
	const json_t *required = json_object_get(known, "required"), *row;
	size_t i;
	*out = (struct initrd){.list = make(a, json_array_size(required) + 1, struct initrd_file)};
	json_array_foreach((json_t *)(uintptr_t)required, i, row)
		want(out, json_str(row, "with"), a);
	want(out, json_str(json_object_get(known, "veritytab"), "file"), a);
	return h->initrd.size == 0 || initrd_read(&h->initrd, h->unpacked_max, a, out, d);
}

// What of the initrd could not be looked at, in words; or nothing.
static struct str unread_part(const struct initrd *files, const json_t *known, struct arena *a)
{
	enum { MIB = 20 };
	struct str tab = json_str(json_object_get(known, "veritytab"), "file");
	const struct initrd_file *f = initrd_find(files, tab);
	if (files->too_far)
		return S("to unpack it takes more than 64 MiB of memory");
	if (files->too_large)
		return cat(a, S("it unpacks to more than "), str_number(a, files->unpacked_max >> MIB),
		           S(" MiB"));
	if (f && !f->whole)
		return cat(a, S("its /"), tab, S(" is larger than 256 KiB"));
	return (struct str){0};
}

static void report_missing(const struct chain *c, const struct handed *h, struct str unread,
                           struct diag *d)
{
	if (c->opaque.len)
		diag_report(d, (struct finding){.rule = INITRD_OPAQUE, .arg = {c->opaque}});
	if (unread.len)
		diag_report(d, (struct finding){.rule = INITRD_TOO_LARGE,
			.at = source_span(&h->initrd, 0, 0), .arg = {unread}});
	if (c->count == 0 && !c->opaque.len && !unread.len && h->reached)
		diag_report(d, (struct finding){.rule = ROOT_HASH_MISSING});
}

bool chain_read(const struct handed *h, struct library *l, struct arena *a, struct chain *out,
                struct diag *d)
{
	struct chain c = {0};
	struct initrd files;
	json_t *known = library_json(l, S("schemas/chain.json"));
	if (!known || !read_initrd(h, known, a, &files, d)) {
		json_decref(known);
		return false;
	}
	struct words words = split_line(h->options, a);
	struct rules_of r = {&words, &c, a, d};
	apply_rules(&r, &files, known);
	struct str unread = unread_part(&files, known, d->arena);
	json_decref(known);
	c.opaque = files.opaque;
	c.files = files.entries;
	report_missing(&c, h, unread, d);
	*out = c;
	return true;
}
