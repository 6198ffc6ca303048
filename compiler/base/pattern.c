// pattern: PCRE2 behind one question.
#include "base/base.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static pcre2_code *compile(struct str pattern, u32 options)
{
	int error;
	PCRE2_SIZE off;
	return pcre2_compile(pattern.at, pattern.len, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | options,
	                     &error, &off, NULL);
}

static bool match(struct str pattern, struct str text, u32 options)
{
	pcre2_code *code = compile(pattern, options);
	if (!code)
		return false;
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	static const u8 nothing[1];
	int found = data ? pcre2_match(code, text.len ? text.at : nothing, text.len, 0, 0, data, NULL)
	                 : PCRE2_ERROR_NOMEMORY;
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return found >= 0;
}

bool pattern_compiles(struct str pattern)
{
	pcre2_code *code = compile(pattern, 0);
	pcre2_code_free(code);
	return code != NULL;
}

bool pattern_matches(struct str pattern, struct str text)
{
	return match(pattern, text, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

bool pattern_found(struct str pattern, struct str text)
{
	return match(pattern, text, 0);
}
