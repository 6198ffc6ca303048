// digest: the banks of a TPM, all of them over one reading of the data.
#include "measure/image/image.h"
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

bool bank_to_show(bank_set set, enum bank *out)
{
	static const enum bank order[] = {BANK_SHA384, BANK_SHA256, BANK_SHA512, BANK_SHA1};
	for (size_t i = 0; i < countof(order); i++) {
		if (set >> order[i] & 1) {
			*out = order[i];
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

enum { PIECE = 128 << 10, THREADS_MAX = 64 };

struct cursor { size_t range; u64 off, zeros; };   // off: within the range; zeros: given out

static void skip_ended(const struct digest_job *job, struct cursor *c)
{
	while (c->range < job->count && c->off == job->ranges[c->range].len) {
		c->range++;
		c->off = 0;
	}
}

static size_t next_zeros(const struct digest_job *job, struct cursor *c, u8 *to)
{
	u64 left = job->zeros - c->zeros;
	size_t len = left < PIECE ? (size_t)left : PIECE;
	c->zeros += len;
	memset(to, 0, len);
	return len;
}

// The next piece of a job, at most PIECE bytes; 0 at the end, and *failed when unreadable.
static size_t next_piece(const struct digest_job *job, struct cursor *c, u8 *to, bool *failed)
{
	skip_ended(job, c);
	if (c->range == job->count)
		return next_zeros(job, c, to);
	struct range r = job->ranges[c->range];
	u64 left = r.len - c->off, at;
	size_t len = left < PIECE ? (size_t)left : PIECE;
	*failed = !add_u64(r.off, c->off, &at) || !source_read(job->source, at, len, to);
	c->off += len;
	return *failed ? 0 : len;
}

// The same without a copy, and a window at a time, where the bytes lie so in a file.
static bool next_view(const struct digest_job *job, struct cursor *c, struct mapping *m,
                      struct str *out)
{
	skip_ended(job, c);
	if (!m->area || c->range == job->count)
		return false;
	struct range r = job->ranges[c->range];
	u64 at;
	if (!add_u64(r.off, c->off, &at)
	    || !mapping_view(m, job->source, at, r.len - c->off, out))
		return false;
	c->off += out->len;
	return true;
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

static bool contexts_add(EVP_MD_CTX *ctx[BANK_COUNT], struct str piece)
{
	bool done = true;
	for (size_t i = 0; i < BANK_COUNT; i++)
		done = done && (!ctx[i] || EVP_DigestUpdate(ctx[i], piece.at, piece.len) == 1);
	return done;
}

// Adds the next piece, mapped or read. False at the end, and *failed when something went wrong.
static bool add_next(const struct digest_job *job, struct cursor *c, struct mapping *m,
                     EVP_MD_CTX *ctx[BANK_COUNT], bool *failed)
{
	u8 piece[PIECE];
	struct str view;
	if (next_view(job, c, m, &view)) {
		*failed = !contexts_add(ctx, view) || !mapping_holds(m);
		return !*failed;
	}
	size_t len = next_piece(job, c, piece, failed);
	*failed = *failed || !contexts_add(ctx, (struct str){piece, len});
	return len && !*failed;
}

static u64 bytes_of(const struct digest_job *job)
{
	u64 bytes = job->zeros;
	for (size_t i = 0; i < job->count; i++)
		bytes += job->ranges[i].len;
	return bytes;
}

// All threads' windows together count as the process's memory: half of the 12 MB that it may have
// at most. What that leaves of one must be worth the call.
static size_t window_of(size_t threads)
{
	enum { TOGETHER = 2 * MAPPING_BYTES, LEAST = MAPPING_BYTES / 16 };
	size_t window = MAPPING_BYTES;
	while (window > LEAST && window * threads > TOGETHER)
		window /= 2;
	return window * threads > TOGETHER ? 0 : window;
}

static bool digest_job_alone(const struct digest_job *job, size_t threads, struct digests *out)
{
	EVP_MD_CTX *ctx[BANK_COUNT];
	struct mapping m = {0};
	struct cursor c = {0};
	bool failed = !contexts_open(job->set, ctx);
	// To map a little costs more than to copy it.
	if (bytes_of(job) < MAPPING_BYTES / 2 || !mapping_open(window_of(threads), &m))
		m = (struct mapping){0};
	while (!failed && add_next(job, &c, &m, ctx, &failed))
		continue;
	mapping_close(&m);
	return contexts_close(ctx, !failed, out);
}

bool digest_ranges(bank_set set, const struct source *s, const struct range *ranges, size_t count,
                   u64 zeros, struct digests *out)
{
	struct digest_job job = {s, ranges, count, zeros, set, .done = false};
	return digest_job_alone(&job, 1, out);
}

bool digest_source(bank_set set, const struct source *s, u64 zeros, struct digests *out)
{
	struct range all = {0, s->size};
	return digest_ranges(set, s, &all, 1, zeros, out);
}

// ---- several jobs side by side
//
// Whoever is free takes the next thing to do: fill a piece of a job, or add a filled piece to one
// of its banks. So a job's data is read once, ahead of the hashing, and its banks keep two
// processors busy as well as two jobs do. The largest jobs begin first.

enum { RING = 4 };

struct slot {
	struct digest_job *job;       // NULL: none left for this slot
	struct cursor cursor;
	EVP_MD_CTX *ctx[BANK_COUNT];
	u8 *ring;
	size_t len[RING];
	u64 filled, hashed[BANK_COUNT];   // pieces
	bool busy[BANK_COUNT], reading, ended, failed;
};
struct pool {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct digest_job **jobs;
	size_t count, next, left, threads;
	struct slot *slots;
	size_t slot_count;
};
struct task { struct slot *slot; bool reads; size_t bank; };

static void slot_begin(struct pool *p, struct slot *s)
{
	*s = (struct slot){.ring = s->ring};
	if (p->next == p->count)
		return;
	s->job = p->jobs[p->next++];
	s->failed = !contexts_open(s->job->set, s->ctx);
	s->ended = s->failed;
}

static bool slot_is_done(const struct slot *s)
{
	bool done = s->ended && !s->reading;
	for (size_t i = 0; i < BANK_COUNT; i++)
		if (s->ctx[i])
			done = done && !s->busy[i] && (s->failed || s->hashed[i] == s->filled);
	return done;
}

static void slot_settle(struct pool *p, struct slot *s)
{
	while (s->job && slot_is_done(s)) {
		s->job->done = contexts_close(s->ctx, !s->failed, &s->job->out);
		p->left--;
		slot_begin(p, s);
	}
}

static bool has_room(const struct slot *s)
{
	for (size_t i = 0; i < BANK_COUNT; i++)
		if (s->ctx[i] && s->filled - s->hashed[i] == RING)
			return false;
	return !s->reading && !s->ended;
}

static bool pick_in(struct slot *s, struct task *out)
{
	*out = (struct task){.slot = s};
	for (size_t i = 0; i < BANK_COUNT; i++) {
		if (!s->ctx[i] || s->busy[i] || s->failed || s->hashed[i] == s->filled)
			continue;
		s->busy[i] = true;
		out->bank = i;
		return true;
	}
	out->reads = has_room(s);
	s->reading |= out->reads;
	return out->reads;
}

static bool pick(struct pool *p, struct task *out)
{
	for (size_t i = 0; i < p->slot_count; i++)
		if (p->slots[i].job && pick_in(&p->slots[i], out))
			return true;
	return false;
}

static u8 *ring_piece(const struct slot *s, u64 piece)
{
	return s->ring + piece % RING * PIECE;
}

// Without the lock: a piece belongs to its reader until it counts as filled, and stays as it is
// until each bank has hashed it.
static void perform(struct task t, size_t *len, bool *failed)
{
	struct slot *s = t.slot;
	if (t.reads) {
		*len = next_piece(s->job, &s->cursor, ring_piece(s, s->filled), failed);
		return;
	}
	u64 piece = s->hashed[t.bank];
	*failed = EVP_DigestUpdate(s->ctx[t.bank], ring_piece(s, piece), s->len[piece % RING]) != 1;
}

static void record(struct pool *p, struct task t, size_t len, bool failed)
{
	struct slot *s = t.slot;
	s->failed |= failed;
	if (t.reads) {
		s->reading = false;
		s->ended |= len == 0;
		s->len[s->filled % RING] = len;
		s->filled += len != 0;
	} else {
		s->busy[t.bank] = false;
		s->hashed[t.bank]++;
	}
	s->ended |= s->failed;
	slot_settle(p, s);
}

static void *work(void *of)
{
	struct pool *p = of;
	struct task t;
	pthread_mutex_lock(&p->lock);
	while (p->left) {
		size_t len = 0;
		bool failed = false;
		if (!pick(p, &t)) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		perform(t, &len, &failed);
		pthread_mutex_lock(&p->lock);
		record(p, t, len, failed);
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static u64 work_of(const struct digest_job *job)
{
	u64 banks_set = 0;
	for (size_t i = 0; i < BANK_COUNT; i++)
		banks_set += job->set >> i & 1;
	return bytes_of(job) * banks_set;
}

static int compare_jobs(const void *a, const void *b)
{
	u64 x = work_of(*(struct digest_job *const *)a), y = work_of(*(struct digest_job *const *)b);
	return (x < y) - (x > y);
}

static size_t processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (size_t)n : 1;
}

// With one bank a job, each has a thread of its own, which hashes a piece while it is still in the
// processor's cache: handing pieces from core to core costs a tenth of the whole.
static void *work_alone(void *of)
{
	struct pool *p = of;
	struct digest_job *job = NULL;
	do {
		pthread_mutex_lock(&p->lock);
		job = p->next < p->count ? p->jobs[p->next++] : NULL;
		pthread_mutex_unlock(&p->lock);
		if (job)
			job->done = digest_job_alone(job, p->threads, &job->out);
	} while (job);
	return NULL;
}

static bool has_one_bank(const struct digest_job *job)
{
	return (job->set & (job->set - 1)) == 0;
}

static void pool_run(struct pool *p, size_t threads, void *(*worker)(void *))
{
	pthread_t others[THREADS_MAX];
	size_t started = 0;
	p->threads = threads;
	while (started + 1 < threads && pthread_create(&others[started], NULL, worker, p) == 0)
		started++;
	worker(p);
	for (size_t i = 0; i < started; i++)
		pthread_join(others[i], NULL);
}

static void run_shared(struct pool *p, size_t threads, struct arena scratch)
{
	p->slot_count = threads < p->count ? threads : p->count;
	p->slots = make(&scratch, p->slot_count, struct slot);
	for (size_t i = 0; i < p->slot_count; i++) {
		p->slots[i].ring = make(&scratch, (size_t)RING * PIECE, u8);
		slot_begin(p, &p->slots[i]);
		slot_settle(p, &p->slots[i]);
	}
	pool_run(p, threads, work);
}

bool digest_jobs(struct digest_job *jobs, size_t count, size_t threads, struct arena scratch)
{
	struct pool p = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
	                 make(&scratch, count, struct digest_job *), count, 0, count, 0, NULL, 0};
	bool alone = true, done = true;
	threads = threads ? threads : processors();
	threads = threads < THREADS_MAX ? threads : THREADS_MAX;
	for (size_t i = 0; i < count; i++) {
		p.jobs[i] = &jobs[i];
		alone &= has_one_bank(&jobs[i]);
	}
	if (count)
		qsort(p.jobs, count, sizeof(void *), compare_jobs);
	if (alone)
		pool_run(&p, threads < count ? threads : count, work_alone);
	else
		run_shared(&p, threads, scratch);
	for (size_t i = 0; i < count; i++)
		done &= jobs[i].done;
	return done;
}
