// amic pcr IMAGE --compare FILE: what the image should show against what a machine showed.
#include "command/pcr/pcr.h"

enum { SEEN_MAX = 16 << 20, FOLDER_MAX = BANK_COUNT * PCR_COUNT };

static struct str pcr_file(struct run *r, struct str folder, size_t bank, u32 pcr)
{
	return cat(r->arena, folder, S("/pcr-"), banks[bank].name, S("/"),
	           str_number(r->arena, pcr));
}

// /sys/class/tpm/tpm0 and copies of it: a file a value. As one text, its names before the values.
static bool read_folder(struct run *r, struct str folder, struct str *out)
{
	enum { TEXT_MAX = 1 << 20 };
	struct buf all = buf_new(r->arena, TEXT_MAX);
	for (size_t b = 0; b < BANK_COUNT; b++) {
		for (u32 pcr = 0; pcr < PCR_COUNT; pcr++) {
			struct str path = pcr_file(r, folder, b, pcr), value;
			if (!file_exists(*r->arena, path))
				continue;
			if (!file_read(r->arena, path, SEEN_MAX, &value, r->diag))
				return false;
			put(&all, path, S(":"), str_trim(value), S("\n"));
		}
	}
	*out = buf_str(&all);
	return true;
}

static bool is_tpm_folder(struct run *r, struct str path)
{
	for (size_t b = 0; b < BANK_COUNT; b++)
		if (file_exists(*r->arena, pcr_file(r, path, b, 0))
		    || file_exists(*r->arena, pcr_file(r, path, b, 4)))
			return true;
	return false;
}

bool pcr_read_seen(struct run *r, struct str path, struct seen *out)
{
	struct str bytes;
	u32 file = 0;
	if (is_tpm_folder(r, path) ? !read_folder(r, path, &bytes)
	                           : !binary_read(r, path, SEEN_MAX, &bytes, &file))
		return false;
	// /sys/class/tpm/tpm0/pcr-sha256/4 by itself: its name says what it is.
	size_t off;
	if (str_find(path, S("/pcr-"), &off) && bytes.len < 200)
		bytes = cat(r->arena, path, S(":"), str_trim(bytes));
	return seen_read(bytes, file, r->arena, out, r->diag);
}

int pcr_compare(struct run *r, const struct prediction *p, const struct seen *s, u32 asked)
{
	static const int status[] = {
		[SAME_ALL] = STATUS_DONE, [SAME_NOT] = STATUS_FINDINGS, [SAME_UNKNOWN] = STATUS_UNKNOWN,
	};
	enum sameness result;
	if (!compare_with(&p->log, s, asked, r->arena, r->out, &result))
		return STATUS_UNKNOWN;
	return status[result];
}
