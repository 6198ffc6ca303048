// pattern: PCRE2 behind one question. To compile a pattern costs many times what it costs to
// match with it, so the patterns of schemas/ are kept; those of users are not, for they may be
// large and many.
#include "base/base.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { OPTIONS = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY };

struct kept_pattern {
	struct str text;
	pcre2_code *code;             // NULL: it does not compile
	struct kept_pattern *next;    // in the same slot
};

static pcre2_code *compile(struct str pattern, pcre2_compile_context *memory)
{
	int error;
	PCRE2_SIZE off;
	return pcre2_compile(pattern.at, pattern.len, OPTIONS, &error, &off, memory);
}

static void *take(PCRE2_SIZE size, void *arena)
{
	return arena_take(arena, 1, size, _Alignof(max_align_t));
}

static void give_back(void *memory, void *arena)
{
	(void)memory;
	(void)arena;
}

static struct kept_pattern *keep(struct patterns *p, struct str pattern)
{
	pcre2_general_context *memory = pcre2_general_context_create(take, give_back, p->arena);
	struct kept_pattern *k = make(p->arena, 1, struct kept_pattern);
	k->text = str_copy(p->arena, pattern);
	k->code = compile(pattern, pcre2_compile_context_create(memory));
	return k;
}

// FNV-1a
static size_t slot_of(struct str s)
{
	u32 hash = 2166136261;
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ s.at[i]) * 16777619;
	return hash % countof(((struct patterns *)NULL)->slots);
}

static const pcre2_code *kept(struct patterns *p, struct str pattern)
{
	struct kept_pattern **slot = &p->slots[slot_of(pattern)], *k = *slot;
	while (k && !str_eq(k->text, pattern))
		k = k->next;
	if (!k) {
		k = keep(p, pattern);
		k->next = *slot;
		*slot = k;
	}
	return k->code;
}

static bool match(const pcre2_code *code, struct str text, u32 options)
{
	static const u8 nothing[1];
	pcre2_match_data *data = code ? pcre2_match_data_create(1, NULL) : NULL;
	int found = data ? pcre2_match(code, text.len ? text.at : nothing, text.len, 0, options, data,
	                               NULL)
	                 : PCRE2_ERROR_NOMEMORY;
	pcre2_match_data_free(data);
	return found >= 0;
}

static bool ask(struct patterns *p, struct str pattern, struct str text, u32 options)
{
	if (p)
		return match(kept(p, pattern), text, options);
	pcre2_code *code = compile(pattern, NULL);
	bool found = match(code, text, options);
	pcre2_code_free(code);
	return found;
}

bool pattern_compiles(struct str pattern)
{
	pcre2_code *code = compile(pattern, NULL);
	pcre2_code_free(code);
	return code != NULL;
}

bool pattern_matches(struct patterns *p, struct str pattern, struct str text)
{
	return ask(p, pattern, text, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

bool pattern_found(struct patterns *p, struct str pattern, struct str text)
{
	return ask(p, pattern, text, 0);
}
