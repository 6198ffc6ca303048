// keys: the Secure Boot keys that a template hands to RegisterImage, back as the files that a spec
// names: the signature lists of its variables, and the certificate that images are signed with.
#include "init/internal.h"
#include "measure/measure.h"

enum { FILES_MAX = 5, PEM_LINE = 64 };

struct recovery {
	const struct initer *in;
	struct origin_template *t;
	const struct node *facts;          // "keys" of schemas/init.json
	struct output files[FILES_MAX];
	size_t count;
};

// A row's text in the template; empty when it is not there.
static const struct node *text_within(struct recovery *r, const struct node *row, struct str *out)
{
	const struct node *template = r->t->from->tree;
	const struct node *from = find_value(r->in, template, find_resource(r->in, template, row),
	                                     node_str(row, S("at")));
	*out = (struct str){0};
	from = from ? spoken_of(r->in, from) : NULL;
	if (!from || from->kind != TEXT
	    || !find_part(row, node_get(row, S("after")), from->text, out))
		return NULL;
	*out = str_trim(*out);
	return out->len ? from : NULL;
}

static struct node *file_node(struct recovery *r, struct str name, struct str bytes,
                              const struct node *from)
{
	struct arena *a = r->in->c->arena;
	struct str path = path_join(a, r->in->keys, name);
	r->files[r->count++] = (struct output){path, bytes};
	return node_text(a, path, false, from->at);
}

static void add_member(struct node *map, struct str key, struct node *n)
{
	n->key = key;
	node_append(map, n);
}

static void add_value(struct recovery *r, struct str setting, struct node *n)
{
	add_member(r->t->values, setting, n);
}

// ---- the lists

static bool add_lists(struct recovery *r, struct str blob, const struct node *from,
                      struct str *db)
{
	struct context *c = r->in->c;
	struct variable *variables;
	struct secure_boot boot;
	size_t count;
	if (!uefi_data_read(blob, from->at.file, c->library, c->arena, &variables, &count, c->diag)
	    || !secure_boot_from(variables, count, &boot))
		return diag_report(c->diag, (struct finding){INIT_KEYS_UNREAD, .at = from->at});
	const struct { struct str member, file, bytes; } lists[] = {
		{S("pk"), S("PK.esl"), boot.pk}, {S("kek"), S("KEK.esl"), boot.kek},
		{S("db"), S("db.esl"), boot.db}, {S("dbx"), S("dbx.esl"), boot.dbx},
	};
	struct node *keys = node_new(c->arena, MAP, from->at);
	for (size_t i = 0; i < countof(lists); i++)
		if (lists[i].bytes.len)
			add_member(keys, lists[i].member, file_node(r, lists[i].file, lists[i].bytes, from));
	add_value(r, S("attest.boot"), node_text(c->arena, S("secure-boot"), true, from->at));
	add_value(r, S("attest.keys"), keys);
	*db = boot.db;
	return true;
}

// ---- who signs

static struct str pem_of(struct arena *a, struct str base64)
{
	struct buf out = buf_new(a, 2 * base64.len + 128);
	put(&out, S("-----BEGIN CERTIFICATE-----\n"));
	while (base64.len) {
		size_t len = base64.len < PEM_LINE ? base64.len : PEM_LINE;
		put(&out, ((struct str){base64.at, len}), S("\n"));
		base64 = (struct str){base64.at + len, base64.len - len};
	}
	put(&out, S("-----END CERTIFICATE-----\n"));
	return buf_str(&out);
}

// A db of one entry says by itself with which certificate the recipe signs.
static bool is_alone(struct recovery *r, struct str db)
{
	struct diag unheard = {.arena = r->in->c->arena, .quiet = true};
	struct signature *all;
	size_t count;
	return esl_read(db, 0, r->in->c->arena, &all, &count, &unheard) && count == 1;
}

static void add_signer(struct recovery *r, const struct node *blob, struct str db)
{
	struct arena *a = r->in->c->arena;
	struct str key, cert;
	bool has_key = text_within(r, node_get(r->facts, S("sign")), &key) != NULL;
	bool has_cert = text_within(r, node_get(r->facts, S("cert")), &cert) != NULL;
	struct node *word = node_text(a, S("recipe"), true, blob->at);
	if (!has_cert || (!has_key && is_alone(r, db))) {
		add_value(r, S("attest.sign"), word);
		return;
	}
	struct node *sign = node_new(a, MAP, blob->at);
	add_member(sign, S("key"), has_key ? node_text(a, key, false, blob->at) : word);
	add_member(sign, S("cert"), file_node(r, S("sign.crt"), pem_of(a, cert), blob));
	add_value(r, S("attest.sign"), sign);
}

// The files are there before the spec is compiled: it reads them.
static bool recover(struct recovery *r)
{
	struct context *c = r->in->c;
	struct str blob, db;
	const struct node *from = text_within(r, node_get(r->facts, S("lists")), &blob);
	if (!from)
		return true;
	if (!r->in->keys.len)
		return diag_report(c->diag, (struct finding){INIT_KEYS, .at = from->at});
	if (!add_lists(r, blob, from, &db))
		return false;
	add_signer(r, from, db);
	return folder_make(*c->arena, r->in->keys, c->diag)
	    && files_write(r->files, r->count, *c->arena, c->diag);
}

bool recover_keys(const struct initer *in, const struct origin_set *set)
{
	bool done = true;
	for (size_t i = 0; i < set->count; i++) {
		struct recovery r = {.in = in, .t = &set->list[i],
		                     .facts = node_get(in->facts, S("keys"))};
		if (str_eq(node_str(r.facts, S("in")), r.t->part))
			done &= recover(&r);
	}
	return done;
}
