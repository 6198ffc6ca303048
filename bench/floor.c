// floor: the least that a compiler of templates can do: parse the outputs and write them again
// with libyaml, nothing checked. usage: floor FILE…
#include <stdio.h>
#include <yaml.h>

static int copy(FILE *from, FILE *to)
{
	yaml_parser_t parser;
	yaml_emitter_t emitter;
	yaml_event_t event;
	int done = 0, good = yaml_parser_initialize(&parser) && yaml_emitter_initialize(&emitter);
	yaml_parser_set_input_file(&parser, from);
	yaml_emitter_set_output_file(&emitter, to);
	while (good && !done && (good = yaml_parser_parse(&parser, &event))) {
		done = event.type == YAML_STREAM_END_EVENT;
		good = yaml_emitter_emit(&emitter, &event);
	}
	yaml_parser_delete(&parser);
	yaml_emitter_delete(&emitter);
	return good;
}

int main(int argc, char **argv)
{
	FILE *null = fopen("/dev/null", "w");
	int good = null != NULL;
	for (int i = 1; good && i < argc; i++) {
		FILE *f = fopen(argv[i], "r");
		good = f && copy(f, null);
		if (f)
			fclose(f);
	}
	return !good;
}
