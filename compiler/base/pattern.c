// pattern: PCRE2 behind one question.
#include "base/base.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static pcre2_code *compile(struct str pattern)
{
	int error;
	PCRE2_SIZE off;
	return pcre2_compile(pattern.at, pattern.len, PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED
	                     | PCRE2_DOLLAR_ENDONLY, &error, &off, NULL);
}

bool pattern_compiles(struct str pattern)
{
	pcre2_code *code = compile(pattern);
	pcre2_code_free(code);
	return code != NULL;
}

bool pattern_matches(struct str pattern, struct str text)
{
	pcre2_code *code = compile(pattern);
	if (!code)
		return false;
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	static const u8 nothing[1];
	int found = match ? pcre2_match(code, text.len ? text.at : nothing, text.len, 0, 0, match, NULL)
	                  : PCRE2_ERROR_NOMEMORY;
	pcre2_match_data_free(match);
	pcre2_code_free(code);
	return found >= 0;
}
