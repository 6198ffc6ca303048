// names: paths from the working directory and paths from the project's root, each made of the other
// by their text alone, so that a file which is gone has a name, too.
#include "project/project.h"

// Appends the parts of `path` to `out`, which holds a name. False when ".." leads out of the root.
static bool walk(struct buf *out, struct str path)
{
	struct str part;
	while (path.len) {
		path = str_cut(path, '/', &part);
		if (!part.len || str_eq(part, S(".")))
			continue;
		if (!str_eq(part, S(".."))) {
			put(out, out->len ? S("/") : S(""), part);
			continue;
		}
		if (!out->len)
			return false;
		while (out->len && out->at[out->len - 1] != '/')
			out->len--;
		out->len -= out->len > 0;
	}
	return true;
}

bool project_name(const struct project *p, struct arena *a, struct str path, struct str *out)
{
	struct buf name = buf_new(a, p->here.len + path.len + 2);
	bool absolute = str_starts(path, S("/"));
	if (absolute && !path_within(p->root, path))
		return false;
	if (absolute)
		path = (struct str){path.at + p->root.len, path.len - p->root.len};
	else
		buf_put(&name, p->here);
	if (!walk(&name, path))
		return false;
	*out = name.len ? buf_str(&name) : S(".");
	return true;
}

struct str project_path(const struct project *p, struct arena *a, struct str name)
{
	struct str here = p->here, left = name, mine, its, rest;
	if (str_eq(name, S(".")))
		left = S("");
	while (here.len && left.len) {
		struct str next = str_cut(here, '/', &mine);
		rest = str_cut(left, '/', &its);
		if (!str_eq(mine, its))
			break;
		here = next;
		left = rest;
	}
	struct buf path = buf_new(a, 3 * (here.len + 1) + left.len + 1);
	while (here.len) {
		here = str_cut(here, '/', &mine);
		put(&path, path.len ? S("/") : S(""), S(".."));
	}
	if (left.len)
		put(&path, path.len ? S("/") : S(""), left);
	return path.len ? buf_str(&path) : S(".");
}

bool name_within(struct str folder, struct str name)
{
	return str_eq(folder, S(".")) || str_eq(folder, name)
	    || (str_starts(name, folder) && name.at[folder.len] == '/');
}

bool name_matches(struct str pattern, struct str name)
{
	struct str after_star = {0}, retry = {0};
	bool star = false;
	while (name.len) {
		if (pattern.len && pattern.at[0] == '*') {
			star = true;
			after_star = pattern = (struct str){pattern.at + 1, pattern.len - 1};
			retry = name;
		} else if (pattern.len && pattern.at[0] == name.at[0]) {
			pattern = (struct str){pattern.at + 1, pattern.len - 1};
			name = (struct str){name.at + 1, name.len - 1};
		} else if (star) {
			retry = name = (struct str){retry.at + 1, retry.len - 1};
			pattern = after_star;
		} else {
			return false;
		}
	}
	while (pattern.len && pattern.at[0] == '*')
		pattern = (struct str){pattern.at + 1, pattern.len - 1};
	return !pattern.len;
}
