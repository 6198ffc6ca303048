// digest: the banks of a TPM, all of them over one reading of the data.
#include "measure/measure.h"
#include <openssl/evp.h>

// TCG Algorithm Registry 1.34, table 3.
const struct bank_info banks[BANK_COUNT] = {
	[BANK_SHA1]   = {STR("sha1"),   0x0004, 20},
	[BANK_SHA256] = {STR("sha256"), 0x000b, 32},
	[BANK_SHA384] = {STR("sha384"), 0x000c, 48},
	[BANK_SHA512] = {STR("sha512"), 0x000d, 64},
};

static const EVP_MD *bank_md(size_t bank)
{
	const EVP_MD *of[BANK_COUNT] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
	return of[bank];
}

bool bank_by_name(struct str name, enum bank *out)
{
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (str_eq(banks[i].name, name)) {
			*out = (enum bank)i;
			return true;
		}
	}
	return false;
}

struct str digest_of(const struct digests *d, enum bank bank)
{
	return (struct str){d->of[bank], banks[bank].bytes};
}

bool digest_bytes(bank_set set, struct str bytes, struct digests *out)
{
	struct digests made = {0};
	for (size_t i = 0; i < BANK_COUNT; i++)
		if (set >> i & 1 && EVP_Digest(bytes.at, bytes.len, made.of[i], NULL, bank_md(i),
		                               NULL) != 1)
			return false;
	*out = made;
	return true;
}

// ---- one job: ranges, then zeros, cut into pieces

enum { PIECE = 256 << 10 };

struct cursor { size_t range; u64 off, zeros; };   // off: within the range; zeros: given out

// The next piece of a job, at most PIECE bytes; 0 at the end, and *failed when unreadable.
static size_t next_piece(const struct digest_job *job, struct cursor *c, u8 *to, bool *failed)
{
	while (c->range < job->count && c->off == job->ranges[c->range].len) {
		c->range++;
		c->off = 0;
	}
	if (c->range == job->count) {
		u64 left = job->zeros - c->zeros;
		size_t len = left < PIECE ? (size_t)left : PIECE;
		c->zeros += len;
		for (size_t i = 0; i < len; i++)
			to[i] = 0;
		return len;
	}
	struct range r = job->ranges[c->range];
	u64 left = r.len - c->off, at;
	size_t len = left < PIECE ? (size_t)left : PIECE;
	*failed = !add_u64(r.off, c->off, &at) || !source_read(job->source, at, len, to);
	c->off += len;
	return *failed ? 0 : len;
}

static bool contexts_open(bank_set set, EVP_MD_CTX *ctx[BANK_COUNT])
{
	bool done = true;
	for (size_t i = 0; i < BANK_COUNT; i++) {
		ctx[i] = set >> i & 1 ? EVP_MD_CTX_new() : NULL;
		if (set >> i & 1)
			done &= ctx[i] && EVP_DigestInit_ex(ctx[i], bank_md(i), NULL) == 1;
	}
	return done;
}

static bool contexts_close(EVP_MD_CTX *ctx[BANK_COUNT], bool done, struct digests *out)
{
	struct digests made = {0};
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (ctx[i])
			done = done && EVP_DigestFinal_ex(ctx[i], made.of[i], NULL) == 1;
		EVP_MD_CTX_free(ctx[i]);
	}
	if (done)
		*out = made;
	return done;
}

static bool digest_job_alone(const struct digest_job *job, struct digests *out)
{
	EVP_MD_CTX *ctx[BANK_COUNT];
	bool done = contexts_open(job->set, ctx), failed = false;
	struct cursor c = {0};
	u8 piece[PIECE];
	size_t len;
	while (done && (len = next_piece(job, &c, piece, &failed)))
		for (size_t i = 0; i < BANK_COUNT; i++)
			done = done && (!ctx[i] || EVP_DigestUpdate(ctx[i], piece, len) == 1);
	return contexts_close(ctx, done && !failed, out);
}

bool digest_ranges(bank_set set, const struct source *s, const struct range *ranges, size_t count,
                   u64 zeros, struct digests *out)
{
	struct digest_job job = {s, ranges, count, zeros, set, .done = false};
	return digest_job_alone(&job, out);
}

bool digest_source(bank_set set, const struct source *s, u64 zeros, struct digests *out)
{
	struct range all = {0, s->size};
	return digest_ranges(set, s, &all, 1, zeros, out);
}

bool digest_jobs(struct digest_job *jobs, size_t count, size_t threads, struct arena scratch)
{
	(void)threads;
	(void)scratch;
	bool done = true;
	for (size_t i = 0; i < count; i++) {
		jobs[i].done = digest_job_alone(&jobs[i], &jobs[i].out);
		done &= jobs[i].done;
	}
	return done;
}
