// diag.c and render*.c: what a finding looks like, to people and to tools.
#include "unit.h"

#define SPEC "ami: 1\nname: x\npipelines:\n\tmain: {shedule: \xe6\xbc\xa2, b: 2}\n"

static struct bench *with_finding(void)
{
	struct bench *b = bench_new();
	u32 file = sources_add(&b->diag.sources, S("dir/my spec.ami"), S(SPEC));
	size_t off, brace;
	assert_true(str_find(S(SPEC), S("b: 2"), &off));
	assert_true(str_find(S(SPEC), S("{"), &brace));
	diag_report(&b->diag, (struct finding){OPTION_UNKNOWN, {file, 1, off},
		.arg = {S("b"), S("bee")}, .also = {file, 4, 0}, .also_label = S("first"),
		.fix_at = {file, 1, off}, .fix = S("bee"), .fixable = true});
	return b;
}

static struct str rendered(struct bench *b, struct render how)
{
	struct buf *out = make(&b->arena, 1, struct buf);
	*out = buf_new(&b->arena, 1 << 20);
	diag_sort(&b->diag);
	diag_render(&b->diag, how, out);
	return buf_str(out);
}

static void text_has_place_line_caret_and_help(void **state)
{
	(void)state;
	struct bench *b = with_finding();
	assert_str(rendered(b, (struct render){.format = FORMAT_TEXT}),
		"error[AMI0910]: unknown option 'b'\n"
		"  --> dir/my spec.ami:4:21\n"
		"   |\n"
		" 4 |     main: {shedule: \xe6\xbc\xa2, b: 2}\n"
		"   |                         ^\n"
		"  --> dir/my spec.ami:1:1\n"
		"   |\n"
		" 1 | ami: 1\n"
		"   | ---- first\n"
		"   = help: did you mean '--bee'?\n"
		"\n"
		"amic: 1 error, 0 warnings, 0 notes\n");
	bench_free(b);
}

static void a_line_with_an_empty_argument_is_left_out(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	diag_report(&b->diag, (struct finding){OPTION_UNKNOWN, .arg = {S("b\033[31m")}});
	assert_str(rendered(b, (struct render){.format = FORMAT_TEXT}),
		"error[AMI0910]: unknown option 'b?[31m'\n\namic: 1 error, 0 warnings, 0 notes\n");
	bench_free(b);
}

static void colour_is_asked_for(void **state)
{
	(void)state;
	struct bench *b = with_finding();
	struct str plain = rendered(b, (struct render){.format = FORMAT_TEXT});
	struct str colour = rendered(b, (struct render){.format = FORMAT_TEXT, .colour = true});
	size_t off;
	assert_false(str_find(plain, S("\033"), &off));
	assert_true(str_find(colour, S("\033[31merror[AMI0910]\033[0m"), &off));
	bench_free(b);
}

static void findings_are_sorted_once_each_and_counted(void **state)
{
	(void)state;
	struct bench *b = with_finding();
	diag_report(&b->diag, b->diag.list[0]);
	diag_report(&b->diag, (struct finding){OPTION_TWICE, {1, 1, 0}, .arg = {S("o")}});
	assert_str(rendered(b, (struct render){.format = FORMAT_SHORT, .max = 1}),
		"dir/my spec.ami:1:1: error[AMI0913]: option '--o' given twice\n"
		"amic: 2 errors, 0 warnings, 0 notes; 1 not shown (--max-errors 0 shows all)\n");
	bench_free(b);
}

static void a_flood_is_counted_not_kept(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	for (u64 i = 0; i < DIAG_MAX + 5; i++)
		diag_report(&b->diag, (struct finding){OPTION_UNKNOWN,
			.arg = {str_number(&b->arena, i)}});
	assert_int_equal(b->diag.len, DIAG_MAX);
	assert_int_equal(b->diag.dropped, 5);
	assert_int_equal(diag_count(&b->diag), DIAG_MAX + 5);
	bench_free(b);
}

static void a_quiet_list_keeps_nothing_but_that_there_was_an_error(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct diag quiet = diag_quiet(&b->arena);
	const u8 *before = b->arena.at;
	assert_false(quiet.failed);
	assert_false(diag_report(&quiet, (struct finding){OPTION_UNKNOWN, .arg = {S("a long one")}}));
	assert_true(quiet.failed);
	assert_int_equal(quiet.len, 0);
	assert_int_equal(diag_count(&quiet), 1);
	assert_ptr_equal(b->arena.at, before);
	bench_free(b);
}

static json_t *parsed(struct str text)
{
	json_error_t error;
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		print_error("%s\n", error.text);
	assert_non_null(json);
	return json;
}

static void jsonl_counts_code_points_and_bytes(void **state)
{
	(void)state;
	struct bench *b = with_finding();
	struct str line, text = rendered(b, (struct render){.format = FORMAT_JSONL});
	struct str rest = str_cut(text, '\n', &line);
	json_t *f = parsed(line), *summary = parsed(str_trim(rest));
	json_t *start = json_object_get(f, "start"), *end = json_object_get(f, "end");
	assert_int_equal(json_integer_value(json_object_get(start, "line")), 4);
	assert_int_equal(json_integer_value(json_object_get(start, "col")), 21);
	assert_int_equal(json_integer_value(json_object_get(end, "col")), 22);
	json_t *edit = json_array_get(json_object_get(json_array_get(json_object_get(f, "fixes"), 0),
	                                              "edits"), 0);
	assert_str(json_str(edit, "text"), "bee");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(summary, "summary"),
	                                                    "errors")), 1);
	json_decref(f);
	json_decref(summary);
	bench_free(b);
}

static void sarif_is_the_same_each_time_and_relative(void **state)
{
	(void)state;
	struct bench *b = with_finding();
	struct str first = rendered(b, (struct render){.format = FORMAT_SARIF});
	assert_true(str_eq(first, rendered(b, (struct render){.format = FORMAT_SARIF})));
	json_t *sarif = parsed(first), *run = json_array_get(json_object_get(sarif, "runs"), 0);
	json_t *result = json_array_get(json_object_get(run, "results"), 0);
	json_t *place = json_object_get(json_array_get(json_object_get(result, "locations"), 0),
	                                "physicalLocation");
	assert_str(json_str(json_object_get(place, "artifactLocation"), "uri"), "dir/my%20spec.ami");
	json_t *used = json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
	assert_int_equal(json_array_size(used), 1);
	assert_int_equal(json_integer_value(json_object_get(result, "ruleIndex")), 0);
	json_decref(sarif);
	bench_free(b);
}

static void github_escapes_what_would_end_a_property(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u32 file = sources_add(&b->diag.sources, S("a,b:c.ami"), S("x\n"));
	diag_report(&b->diag, (struct finding){OPTION_TWICE, {file, 1, 0}, .arg = {S("50%\nx")}});
	assert_str(rendered(b, (struct render){.format = FORMAT_GITHUB}),
		"::error title=AMI0913,file=a%2Cb%3Ac.ami,line=1,endLine=1,col=1,endColumn=2"
		"::option '--50%25%0Ax' given twice\n");
	bench_free(b);
}

static void a_place_is_inside_the_text_wherever_the_span_is(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u32 file = sources_add(&b->diag.sources, S("f"), S(SPEC));
	for (u64 off = 0; off < sizeof SPEC + 3; off++) {
		for (u32 len = 0; len < 9; len++) {
			struct place p = diag_place(&b->diag.sources, (struct span){file, len, off});
			assert_true(p.line >= 1 && p.line <= 5 && p.column >= 1);
			assert_true(p.column_end >= p.column);
		}
	}
	assert_int_equal(diag_place(&b->diag.sources, (struct span){9, 1, 1}).line, 1);
	bench_free(b);
}

static void a_long_line_is_cut_around_the_span(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct buf text = buf_new(&b->arena, 1 << 20);
	buf_fill(&text, 'a', 5000);
	put(&text, S("HERE"));
	buf_fill(&text, 'b', 5000);
	u32 file = sources_add(&b->diag.sources, S("f"), buf_str(&text));
	diag_report(&b->diag, (struct finding){OPTION_TWICE, {file, 4, 5000}, .arg = {S("x")}});
	struct str out = rendered(b, (struct render){.format = FORMAT_TEXT});
	size_t off;
	assert_true(str_find(out, S("aHEREb"), &off) && str_find(out, S(" ^^^^\n"), &off));
	assert_true(out.len < 600);
	bench_free(b);
}

static void fixes_are_made_where_they_do_not_overlap(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u32 file = sources_add(&b->diag.sources, S("f"), S("shedule: x\nnmae: y\n"));
	static const struct { u64 off; u32 len; struct str text; } edits[] = {
		{11, 4, STR("name")}, {0, 7, STR("schedule")}, {2, 3, STR("lost")}, {99, 1, STR("out")},
		{19, 0, STR("# end\n")},
	};
	for (size_t i = 0; i < countof(edits); i++)
		diag_report(&b->diag, (struct finding){OPTION_UNKNOWN, .arg = {S("x")}, .fixable = true,
			.fix_at = {file, edits[i].len, edits[i].off}, .fix = edits[i].text});
	struct str out;
	assert_int_equal(fixes_apply(&b->diag, file, &b->arena, &out), 3);
	assert_str(out, "schedule: x\nname: y\n# end\n");
	bench_free(b);
}

#define ALLOWING "ami: 1  # amic: allow AMI0003 -- the newest is meant\n" \
                 "name: x # amic: allow AMI0003\n" \
                 "key: y  # amic: allow AMI0910 -- an error stays\n" \
                 "text: \"a# amic: allow AMI0003 -- no comment\"\n"

static void a_comment_with_a_reason_silences_a_note_on_its_line(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	u32 file = sources_add(&b->diag.sources, S("f.ami"), S(ALLOWING));
	enum rule note, error = OPTION_UNKNOWN;
	assert_true(rule_by_code(S("AMI0003"), &note));
	assert_int_equal(rules[note].severity, NOTE);
	static const u64 lines[] = {0, 53, 83, 131};
	for (size_t i = 0; i < countof(lines); i++)
		diag_report(&b->diag, (struct finding){.rule = note, .at = {file, 3, lines[i]}});
	diag_report(&b->diag, (struct finding){error, {file, 3, lines[2]}, .arg = {S("x")}});
	allow_apply(&b->diag);
	assert_str(rendered(b, (struct render){.format = FORMAT_SHORT}),
		"f.ami:2:1: note[AMI0003]: no 'blueprint', so the newest is taken\n"
		"f.ami:2:9: error[AMI0031]: 'AMI0003' is allowed without a reason\n"
		"f.ami:3:1: note[AMI0003]: no 'blueprint', so the newest is taken\n"
		"f.ami:3:1: error[AMI0910]: unknown option 'x'\n"
		"f.ami:3:9: warning[AMI0032]: nothing here for 'AMI0910' to be allowed\n"
		"f.ami:4:1: note[AMI0003]: no 'blueprint', so the newest is taken\n");
	bench_free(b);
}

static void several_codes_and_what_errors_hide(void **state)
{
	(void)state;
	static const struct { struct str text; bool error; const char *says; } cases[] = {
		{STR("a: 1 # amic: allow AMI0511, AMI0003 -- both\n"), false,
		 "f.ami:1:6: warning[AMI0032]: nothing here for 'AMI0511' to be allowed\n"},
		{STR("a: 1 # amic: allow AMI0003 AMI9999 -- both\n"), false,
		 "f.ami:1:6: warning[AMI0032]: nothing here for 'AMI9999' to be allowed\n"},
		{STR("a: 1 # amic: allow AMI0511,AMI0003 -- no blank\n"), false,
		 "f.ami:1:6: warning[AMI0032]: nothing here for 'AMI0511' to be allowed\n"},
		// with an error, notes are not looked for
		{STR("a: 1 # amic: allow AMI0003, AMI0511 -- both\n"), true,
		 "f.ami:1:2: error[AMI0910]: unknown option 'x'\n"},
		{STR("a: 1 # amic: allow AMI0003 -- \n"), false,
		 "f.ami:1:1: note[AMI0003]: no 'blueprint', so the newest is taken\n"
		 "f.ami:1:6: error[AMI0031]: 'AMI0003' is allowed without a reason\n"},
	};
	for (size_t i = 0; i < countof(cases); i++) {
		struct bench *b = bench_new();
		u32 file = sources_add(&b->diag.sources, S("f.ami"), cases[i].text);
		enum rule note;
		assert_true(rule_by_code(S("AMI0003"), &note));
		diag_report(&b->diag, (struct finding){note, .at = {file, 1, 0}});
		if (cases[i].error)
			diag_report(&b->diag, (struct finding){OPTION_UNKNOWN, {file, 1, 1}, .arg = {S("x")}});
		allow_apply(&b->diag);
		assert_str(rendered(b, (struct render){.format = FORMAT_SHORT}), cases[i].says);
		bench_free(b);
	}
}

static void every_rule_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < RULE_COUNT; i++) {
		enum rule rule;
		assert_true(rule_by_code(rules[i].code, &rule) && (size_t)rule == i);
		assert_true(pattern_matches(NULL, S("AMI[0-9]{4}"), rules[i].code));
		assert_true(rules[i].explain.len > rules[i].message.len / 2);
		assert_false(str_ends(rules[i].message, S(".")));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_place_line_caret_and_help),
		cmocka_unit_test(a_line_with_an_empty_argument_is_left_out),
		cmocka_unit_test(colour_is_asked_for),
		cmocka_unit_test(findings_are_sorted_once_each_and_counted),
		cmocka_unit_test(a_flood_is_counted_not_kept),
		cmocka_unit_test(a_quiet_list_keeps_nothing_but_that_there_was_an_error),
		cmocka_unit_test(jsonl_counts_code_points_and_bytes),
		cmocka_unit_test(sarif_is_the_same_each_time_and_relative),
		cmocka_unit_test(github_escapes_what_would_end_a_property),
		cmocka_unit_test(a_place_is_inside_the_text_wherever_the_span_is),
		cmocka_unit_test(a_long_line_is_cut_around_the_span),
		cmocka_unit_test(fixes_are_made_where_they_do_not_overlap),
		cmocka_unit_test(a_comment_with_a_reason_silences_a_note_on_its_line),
		cmocka_unit_test(several_codes_and_what_errors_hide),
		cmocka_unit_test(every_rule_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
