"""What a policy allows: the part of IAM's evaluation that the templates use.

A request is an action, a resource and the keys of its context. A key that the context lacks makes
a condition false, except for negated and ForAllValues operators, as in IAM.
"""
import re


def glob(pattern, text):
    rule = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(rule, text, re.S) is not None


def as_list(value):
    return value if isinstance(value, list) else [value]


def test(operator, wanted, have):
    wanted = [str(w).lower() if isinstance(w, bool) else str(w) for w in as_list(wanted)]
    if operator.startswith("ForAllValues:"):
        return all(test(operator[13:], wanted, h) for h in as_list(have or []))
    if have is None:
        return "Not" in operator
    if operator in ("StringEquals", "Bool"):
        return have in wanted
    if operator in ("StringLike", "ArnLike"):
        return any(glob(w, have) for w in wanted)
    if operator == "StringEqualsIgnoreCase":
        return have.lower() in [w.lower() for w in wanted]
    if operator == "StringNotEqualsIgnoreCase":
        return have.lower() not in [w.lower() for w in wanted]
    raise ValueError(f"the model knows no operator {operator}")


def matches(statement, action, resource, context):
    if not any(glob(a.lower(), action.lower()) for a in as_list(statement["Action"])):
        return False
    if not any(glob(r, resource) for r in as_list(statement.get("Resource", "*"))):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            if not test(operator, wanted, context.get(key)):
                return False
    return True


def decide(statements, action, resource, context):
    """The Sid of the statement that allows it, or None."""
    hits = [s for s in statements if matches(s, action, resource, context)]
    if any(s["Effect"] == "Deny" for s in hits):
        return None
    return next((s["Sid"] for s in hits), None)
