#!/usr/bin/python3
"""Every call of a build and every attack of tests/deploy/calls.py, for a deployed base: one a line,
action, resource, role, allowed or denied, keys as a JSON list for the CLI's --context-entries, and what
it is, by tabs.
usage: requests.py SPEC <names.json     SPEC: the kind of spec, of tests/iam.test
names.json holds what stands in calls.py and is called otherwise here: {"base-stack": "…", …}
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deploy"))
import calls  # noqa: E402


def entry(key, value):
    values = value if isinstance(value, list) else [value]
    return {"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": "stringList" if values is value else "string"}


def line(role, action, resource, context, word, what):
    keys = [entry(k, v) for k, v in sorted(context.items())]
    return "\t".join((action, resource, role, word, json.dumps(keys), what))


def main():
    spec, names = sys.argv[1], json.load(sys.stdin)
    lines = [line(*c[:4], "allowed", "a build does it") for c in calls.build() if not c[4] or spec in c[4].split()]
    lines += [line(*a[1:5], "denied", a[0]) for a in calls.attacks()]
    for text in lines:
        for old in sorted(names, key=len, reverse=True):      # a longer name may hold a shorter one
            text = text.replace(old, names[old])
        print(text)


main()
