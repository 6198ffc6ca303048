// pattern: PCRE2 behind one question. To compile a pattern costs many times what it costs to
// match with it, so the patterns of schemas/ are kept; those of users are not, for they may be
// large and many.
#include "base/base.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

enum { OPTIONS = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY };

struct kept_pattern {
	struct str text;
	pcre2_code *code;             // NULL: it does not compile
	bool literal;                 // it stands for itself: found without PCRE2
	struct kept_pattern *next;    // in the same slot
};

static pcre2_code *compile_pattern(struct str pattern, pcre2_compile_context *memory)
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

static bool is_literal(struct str pattern)
{
	static const struct str special = STR("\\^$.[]|()?*+{}");
	for (size_t i = 0; i < pattern.len; i++)
		if (memchr(special.at, pattern.at[i], special.len))
			return false;
	return pattern.len > 0;
}

static struct kept_pattern *keep(struct patterns *p, struct str pattern)
{
	pcre2_general_context *memory = pcre2_general_context_create(take, give_back, p->arena);
	struct kept_pattern *k = make(p->arena, 1, struct kept_pattern);
	k->text = str_copy(p->arena, pattern);
	k->code = compile_pattern(pattern, pcre2_compile_context_create(memory));
	k->literal = k->code && is_literal(pattern);
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

static const struct kept_pattern *kept(struct patterns *p, struct str pattern)
{
	struct kept_pattern **slot = &p->slots[slot_of(pattern)], *k = *slot;
	while (k && !str_eq(k->text, pattern))
		k = k->next;
	if (!k) {
		k = keep(p, pattern);
		k->next = *slot;
		*slot = k;
	}
	return k;
}

static bool match(const pcre2_code *code, struct str text, u32 options)
{
	static const u8 nothing[1];
	if (utf8_ascii(text) == text.len)
		options |= PCRE2_NO_UTF_CHECK;       // PCRE2's own check takes half of a short search
	pcre2_match_data *data = code ? pcre2_match_data_create(1, NULL) : NULL;
	int found = data ? pcre2_match(code, text.len ? text.at : nothing, text.len, 0, options, data,
	                               NULL)
	                 : PCRE2_ERROR_NOMEMORY;
	pcre2_match_data_free(data);
	return found >= 0;
}

static bool ask(struct patterns *p, struct str pattern, struct str text, u32 options)
{
	const struct kept_pattern *k = p ? kept(p, pattern) : NULL;
	size_t off;
	if (k && k->literal)
		return options ? str_eq(pattern, text) : str_find(text, pattern, &off);
	if (k)
		return match(k->code, text, options);
	pcre2_code *code = compile_pattern(pattern, NULL);
	bool found = match(code, text, options);
	pcre2_code_free(code);
	return found;
}

bool pattern_compiles(struct str pattern)
{
	pcre2_code *code = compile_pattern(pattern, NULL);
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
