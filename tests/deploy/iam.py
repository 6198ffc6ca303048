"""What policies allow: the part of IAM's evaluation that the templates use, after the IAM User
Guide. Checked request by request against @cloud-copilot/iam-simulate 0.1.173 (2026-11), which
tests/iam.test repeats when it is installed (tools/oracles.sh npm).

A request is an action, a resource and the keys of its context. A key that the context lacks makes
a condition false, except for negated, ForAllValues and …IfExists operators. A refusal wins.
"""
import re


def glob(pattern, text):
    rule = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(rule, text, re.S) is not None


def glob_arn(pattern, arn):
    """ARNs match part by part: no * reaches over one of the first five colons."""
    wanted, have = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(have) == 6 and all(map(glob, wanted, have))


def as_list(value):
    return value if isinstance(value, list) else [value]


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def same(wanted, have):
    return wanted == have


def same_ignoring_case(wanted, have):
    return wanted.lower() == have.lower()


MATCHES = {"StringEquals": same, "StringEqualsIgnoreCase": same_ignoring_case, "StringLike": glob,
           "ArnEquals": glob_arn, "ArnLike": glob_arn, "Bool": same_ignoring_case}
NEGATED = {k.replace("Equals", "NotEquals").replace("Like", "NotLike"): k
           for k in MATCHES if k != "Bool"}
VARIABLE = re.compile(r"\$\{([a-z0-9]+:[^}]+)\}", re.I)


def filled(pattern, context):
    """A policy's text with the keys that it names; None when the request lacks one of them."""
    names = VARIABLE.findall(pattern)
    if any(not isinstance(context.get(n.lower()), str) for n in names):
        return None
    return VARIABLE.sub(lambda m: context[m[1].lower()], pattern)


def test_one(operator, wanted, have):
    """One value of the request against those of the policy."""
    if operator in NEGATED:
        return not test_one(NEGATED[operator], wanted, have)
    if operator not in MATCHES:
        raise ValueError(f"the model knows no operator {operator}")
    return any(MATCHES[operator](w, have) for w in wanted)


def test(operator, wanted, have, context):
    wanted = [filled(as_text(w), context) for w in as_list(wanted)]
    wanted = [w for w in wanted if w is not None]
    if operator == "Null":
        return (have is None) == (wanted == ["true"])
    if operator.endswith("IfExists"):
        return have is None or test(operator[:-len("IfExists")], wanted, have, context)
    if operator.startswith("ForAllValues:"):
        return all(test_one(operator[13:], wanted, h) for h in as_list([] if have is None else have))
    if operator.startswith("ForAnyValue:"):
        return any(test_one(operator[12:], wanted, h) for h in as_list([] if have is None else have))
    if have is None:
        return operator in NEGATED
    if isinstance(have, list):
        raise ValueError(f"{operator} takes one value, the request has {have}")
    return test_one(operator, wanted, have)


def matches(statement, action, resource, context):
    context = {k.lower(): v for k, v in context.items()}
    if not any(glob(a.lower(), action.lower()) for a in as_list(statement["Action"])):
        return False
    if not any(glob(r, resource) for r in as_list(statement.get("Resource", "*"))):
        return False
    return all(test(operator, wanted, context.get(key.lower()), context)
               for operator, keys in statement.get("Condition", {}).items()
               for key, wanted in keys.items())


def decide(statements, action, resource, context):
    """The Sid of the statement that allows it, or None."""
    hits = [s for s in statements if matches(s, action, resource, context)]
    if any(s["Effect"] == "Deny" for s in hits):
        return None
    return next((s["Sid"] for s in hits), None)


def role_statements(resources, role):
    """Of the policies inside a role and of those attached to it, in a template that is resolved."""
    policies = [p["PolicyDocument"] for p in resources[role]["Properties"].get("Policies", [])]
    policies += [r["Properties"]["PolicyDocument"] for name, r in resources.items()
                 if r["Type"] == "AWS::IAM::Policy" and f"base-stack-{role}" in r["Properties"]["Roles"]]
    return [s for p in policies for s in p["Statement"]]
