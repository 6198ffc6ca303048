"""CloudFormation, strictly: what a create, update or delete of a stack would do and refuse.

Driven by schemas/: the language (cloudformation.json) and the resource types (types/). What is
written here beside them is how values of a deployed resource look (ARNs, ids) and the order of
events. A refusal is an exception, with the words that CloudFormation has for it where they are
known. A pass here is no proof that AWS accepts; a refusal is a reason why it would not.
"""
import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGE = json.loads((ROOT / "schemas/cloudformation.json").read_text())
FUNCTIONS = {f["name"]: f for f in LANGUAGE["functions"]}
NOTHING = object()
SUB = re.compile(r"\$\{([^!}][^}]*)\}")


class Refused(Exception):
    pass


# ---- reading

class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    pass


Loader.yaml_implicit_resolvers = {
    k: [(tag, exp) for tag, exp in v if tag != "tag:yaml.org,2002:timestamp"]
    for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def construct_mapping(loader, node):
    keys = [loader.construct_object(k) for k, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise Refused(f"duplicate key {key!r}")
    return {loader.construct_object(k): loader.construct_object(v, deep=True) for k, v in node.value}


def construct_tag(loader, suffix, node):
    name = next((n for n, f in FUNCTIONS.items() if f.get("tag") == "!" + suffix), None)
    if name is None:
        raise Refused(f"unknown tag !{suffix}")
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if FUNCTIONS[name].get("dotted"):
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = construct_mapping(loader, node)
    return {name: value}


Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)
Loader.add_multi_constructor("!", construct_tag)


def read(text, inline=True):
    limit = LANGUAGE["limits"]["body" if inline else "body-in-bucket"]
    if len(text.encode()) > limit:
        raise Refused(f"Member must have length less than or equal to {limit}")
    tree = yaml.load(text, Loader)
    if not isinstance(tree, dict):
        raise Refused("Template format error: not a mapping")
    return tree


# ---- JSON Schema, as far as schemas/types/ use it

def python_pattern(pattern):
    pattern = re.sub(r"\\x\{([0-9A-Fa-f]{4})\}", lambda m: "\\u" + m[1], pattern)
    return pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")


def is_type(value, kind):
    text = isinstance(value, str)
    if kind == "object":
        return isinstance(value, dict)
    if kind == "array":
        return isinstance(value, list)
    if isinstance(value, (dict, list)):
        return False
    if kind == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if kind in ("integer", "number"):
        return not isinstance(value, bool) and (isinstance(value, int) or (text and re.fullmatch(r"-?\d+", value) is not None))
    return kind == "string"


def as_text(value):
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def faults(value, schema, root, at=""):
    """Yields what the schema does not allow."""
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema.get("type")
    if kinds and not any(is_type(value, k) for k in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{at}: {value!r} is no {kinds}"
        return
    if "enum" in schema and as_text(value) not in map(as_text, schema["enum"]):
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from map_faults(value, schema, root, at)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} elements"
        for i, v in enumerate(value):
            yield from faults(v, schema.get("items", {}), root, f"{at}.{i}")
    else:
        yield from text_faults(as_text(value), schema, at)
    for form in ("oneOf", "anyOf"):
        if form in schema and not any(not list(faults(value, s, root, at)) for s in schema[form]):
            yield f"{at}: none of the forms that it may have"


def map_faults(value, schema, root, at):
    for key in schema.get("required", []):
        if key not in value:
            yield f"{at}: required key [{key}] not found"
    for key, v in value.items():
        pattern = next((p for p in schema.get("patternProperties", {}) if re.search(python_pattern(p), key)), None)
        if key in schema.get("properties", {}):
            yield from faults(v, schema["properties"][key], root, f"{at}.{key}")
        elif pattern:
            yield from faults(v, schema["patternProperties"][pattern], root, f"{at}.{key}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: extraneous key [{key}] is not permitted"


def text_faults(text, schema, at):
    if "pattern" in schema and not re.search(python_pattern(schema["pattern"]), text):
        yield f"{at}: {text!r} does not match {schema['pattern']}"
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        yield f"{at}: {len(text)} characters"
    if "minimum" in schema and int(text) < schema["minimum"] or "maximum" in schema and int(text) > schema["maximum"]:
        yield f"{at}: {text} is out of range"


def type_facts(name):
    path = ROOT / "schemas/types" / (name.replace("::", "-") + ".json")
    if not path.exists():
        raise Refused(f"Unrecognized resource types: [{name}]")
    return json.loads(path.read_text())


# ---- what deployed things look like

def slug(name):
    return re.sub(r"[^a-z0-9-_]", "-", name.lower())


class Thing:
    """One deployed resource, or what is left of one that was retained."""

    def __init__(self, account, stack, logical, kind, properties):
        self.account, self.stack, self.logical, self.kind, self.properties = account, stack, logical, kind, properties
        self.facts = type_facts(kind)
        self.objects = 0
        self.ref, self.attributes = self.describe()

    def name(self, key, limit=64):
        given = self.properties.get(key)
        if given is not None:
            return as_text(given)
        return f"{self.stack}-{self.logical}-{self.account.serial():012X}"[-limit:]

    def arn(self, service, rest, region=True, owner=True):
        a = self.account
        return f"arn:{a.partition}:{service}:{a.region if region else ''}:{a.number if owner else ''}:{rest}"

    def describe(self):
        service = self.kind.split("::")[1]
        short = self.kind.split("::")[2]
        if service == "ImageBuilder":
            return self.describe_image_builder(short)
        if self.kind == "AWS::S3::Bucket":
            name = self.name("BucketName").lower()
            return name, {"Arn": self.arn("s3", name, False, False), "DomainName": name + ".s3.amazonaws.com"}
        if service == "IAM":
            key = {"Role": "RoleName", "InstanceProfile": "InstanceProfileName"}.get(short, "PolicyName")
            name, path = self.name(key), self.properties.get("Path", "/")
            kind = {"Role": "role", "InstanceProfile": "instance-profile"}.get(short, "policy")
            return name, {"Arn": self.arn("iam", kind + path + name, False), "RoleId": "AROA"}
        if self.kind == "AWS::Logs::LogGroup":
            name = self.name("LogGroupName")
            return name, {"Arn": self.arn("logs", f"log-group:{name}:*")}
        if self.kind == "AWS::KMS::Key":
            key = f"{self.account.serial():08x}-0000-4000-8000-000000000000"
            return key, {"Arn": self.arn("kms", "key/" + key), "KeyId": key}
        name = self.name(self.facts["ref"])
        return name, {"Arn": self.arn(service.lower(), f"{short.lower()}/{name}")}

    def describe_image_builder(self, short):
        kind = {"Component": "component", "ImageRecipe": "image-recipe", "ImagePipeline": "image-pipeline",
                "InfrastructureConfiguration": "infrastructure-configuration",
                "DistributionConfiguration": "distribution-configuration", "LifecyclePolicy": "lifecycle-policy",
                "Workflow": "workflow/" + self.properties.get("Type", "").lower()}[short]
        base = self.arn("imagebuilder", f"{kind}/{slug(self.properties['Name'])}")
        if "Version" not in self.properties:
            return base, {"Arn": base, "Name": self.properties["Name"]}
        version, build = self.account.version(self, base)
        ref = f"{base}/{version}" + (f"/{build}" if build else "")
        major, minor, _ = version.split(".")
        return ref, {"Arn": ref, "Name": self.properties["Name"], "LatestVersion.Arn": base + "/x.x.x",
                     "LatestVersion.Major": f"{base}/{major}.x.x", "LatestVersion.Minor": f"{base}/{major}.{minor}.x",
                     "LatestVersion.Patch": f"{base}/{version}"}

    def attribute(self, name):
        if name in self.attributes:
            return self.attributes[name]
        if name in self.facts["properties"] and name in self.properties:
            return self.properties[name]
        raise Refused(f"Requested attribute {name} does not exist in schema for {self.kind}")

    def unique(self):
        """What an account has only once. Components and workflows have build numbers."""
        keys = [k for k in self.facts.get("unique", []) if k != "Version"]
        if not keys or self.kind in ("AWS::ImageBuilder::Component", "AWS::ImageBuilder::Workflow", "AWS::ImageBuilder::ImageRecipe"):
            return None
        return (self.kind, self.ref)


# ---- values

class Scope:
    """A stack in the making: what functions read."""

    def __init__(self, account, name, template, parameters):
        self.account, self.name, self.template, self.parameters = account, name, template, parameters
        self.things, self.truth, self.imports = {}, {}, set()

    def pseudo(self, name):
        a = self.account
        return {"AWS::AccountId": a.number, "AWS::Region": a.region, "AWS::Partition": a.partition, "AWS::StackName": self.name,
                "AWS::URLSuffix": a.suffix, "AWS::NoValue": NOTHING, "AWS::NotificationARNs": [],
                "AWS::StackId": f"arn:{a.partition}:cloudformation:{a.region}:{a.number}:stack/{self.name}/0"}.get(name)

    def ref(self, name):
        if not isinstance(name, str):
            raise Refused("Ref takes a name")
        value = self.pseudo(name)
        if value is not None:
            return value
        if name in self.parameters:
            return self.parameters[name]
        if name in self.things:
            return self.things[name].ref
        raise Refused(f"Unresolved resource dependencies [{name}]")

    def condition(self, name):
        if name not in self.template.get("Conditions", {}):
            raise Refused(f"Unresolved condition dependency [{name}]")
        if name not in self.truth:
            self.truth[name] = None               # a ring of conditions reads None
            self.truth[name] = self.holds(self.template["Conditions"][name])
        if self.truth[name] is None:
            raise Refused(f"Circular dependency between conditions: [{name}]")
        return self.truth[name]

    def holds(self, node):
        (name, arg), = node.items()
        if name == "Condition":
            return self.condition(arg)
        if name == "Fn::Equals":
            a, b = (self.value(x, "Conditions") for x in arg)
            return as_text(a) == as_text(b)
        if name == "Fn::Not":
            return not self.holds(arg[0])
        if name in ("Fn::And", "Fn::Or"):
            if not 2 <= len(arg) <= 10:
                raise Refused(f"{name} takes 2 to 10 conditions")
            return (all if name == "Fn::And" else any)([self.holds(x) for x in arg])
        raise Refused(f"{name} is no condition")

    def value(self, node, where="Resources"):
        if isinstance(node, list):
            return [v for v in (self.value(x, where) for x in node) if v is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, arg), = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self.call(name, arg, where)
        pairs = ((k, self.value(v, where)) for k, v in node.items())
        return {k: v for k, v in pairs if v is not NOTHING}

    def call(self, name, arg, where):
        if name not in FUNCTIONS or FUNCTIONS[name].get("needs-transform") or FUNCTIONS[name].get("only-in-rules"):
            raise Refused(f"Template validation error: invalid function {name}")
        if where == "Conditions" and name in ("Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::GetStackOutput"):
            raise Refused(f"{name} may not stand in Conditions")
        method = getattr(self, "fn_" + name.replace("Fn::", "").lower(), None)
        if method is None:
            raise Refused(f"the model does not know {name}")
        check_arguments(name, arg)
        return method(arg, where)

    def fn_ref(self, arg, where):
        if where == "Conditions" and arg not in self.parameters and self.pseudo(arg) is None:
            raise Refused(f"Template error: every Ref in Conditions must be a parameter: {arg}")
        return self.ref(arg)

    def fn_getatt(self, arg, where):
        thing = self.things.get(arg[0])
        if thing is None:
            raise Refused(f"instance of Fn::GetAtt references undefined resource {arg[0]}")
        return thing.attribute(self.value(arg[1], where))

    def fn_sub(self, arg, where):
        text, names = (arg, {}) if isinstance(arg, str) else (arg[0], {k: self.value(v, where) for k, v in arg[1].items()})

        def put(match):
            name = match[1]
            if name in names:
                value = names[name]
            elif "." in name and name.split(".")[0] in self.template["Resources"]:
                value = self.fn_getatt(name.split(".", 1), where)
            else:
                value = self.fn_ref(name, where)
            if isinstance(value, (dict, list)) or value is NOTHING:
                raise Refused(f"Fn::Sub needs text for {name}")
            return as_text(value)
        return SUB.sub(put, text).replace("${!", "${")

    def fn_join(self, arg, where):
        values = self.value(arg[1], where)
        if not isinstance(values, list) or any(isinstance(v, (dict, list)) for v in values):
            raise Refused("every Fn::Join object requires a list of text")
        return arg[0].join(map(as_text, values))

    def fn_if(self, arg, where):
        return self.value(arg[1] if self.condition(arg[0]) else arg[2], where)

    def fn_select(self, arg, where):
        values, index = self.value(arg[1], where), int(self.value(arg[0], where))
        if index >= len(values):
            raise Refused("Template error: Fn::Select cannot select nonexistent value")
        return values[index]

    def fn_split(self, arg, where):
        return as_text(self.value(arg[1], where)).split(arg[0])

    def fn_base64(self, arg, where):
        import base64
        return base64.b64encode(as_text(self.value(arg, where)).encode()).decode()

    def fn_findinmap(self, arg, where):
        a, b, c = (as_text(self.value(x, where)) for x in arg[:3])
        try:
            return self.template["Mappings"][a][b][c]
        except KeyError as e:
            raise Refused(f"Template error: Unable to get mapping for {a}::{b}::{c}") from e

    def fn_importvalue(self, arg, where):
        name = as_text(self.value(arg, where))
        if name not in self.account.exports:
            raise Refused(f"No export named {name} found")
        self.imports.add(name)
        return self.account.exports[name][1]

    def fn_getstackoutput(self, arg, where):
        stack = self.account.stacks.get(as_text(self.value(arg["StackName"], where)))
        name = as_text(self.value(arg["OutputName"], where))
        if stack is None or name not in stack.outputs:
            raise Refused(f"no output {name} of stack {arg['StackName']}")
        return stack.outputs[name]


def check_arguments(name, arg):
    rule = FUNCTIONS[name]
    shape = rule["arg"]
    good = {"name": isinstance(arg, str), "map": isinstance(arg, dict), "value": True,
            "list": isinstance(arg, list) and rule.get("min", 0) <= len(arg) <= rule.get("max", 99)}
    good["text-or-list"] = isinstance(arg, str) or good["list"]
    if not good[shape]:
        raise Refused(f"{name} takes a {shape}, not {arg!r}")
    arguments = arg if isinstance(arg, list) else [arg]
    inside = rule.get("inside", [None])
    for i, one in enumerate(arguments):
        allowed = inside[min(i, len(inside) - 1)]
        call = next(iter(one)) if isinstance(one, dict) and len(one) == 1 else ""
        if allowed is not None and (call == "Ref" or call.startswith("Fn::")) and call not in allowed:
            raise Refused(f"{call} may not stand in {name}")


# ---- templates and their parameters

def references(node):
    """Names of resources and parameters below a node."""
    if isinstance(node, list):
        for x in node:
            yield from references(x)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.split(".")[0]
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                own = {} if isinstance(value, str) else value[1]
                yield from (n.split(".")[0] for n in SUB.findall(text) if n not in own)
                yield from references(own)
            else:
                yield from references(value)


def check_template(t):
    for section in t:
        if section not in LANGUAGE["sections"]:
            raise Refused(f"Invalid template property or properties [{section}]")
    if not t.get("Resources"):
        raise Refused("At least one Resources member must be defined.")
    for section, rule in LANGUAGE["names"].items():
        if len(t.get(section) or {}) > rule["max"]:
            raise Refused(f"too many {section}")
        for name in t.get(section) or {}:
            if not re.fullmatch(rule["pattern"], name):
                raise Refused(f"{section} name '{name}' is non alphanumeric")
    known = set(t.get("Parameters", {})) | set(t["Resources"]) | set(LANGUAGE["pseudo-parameters"])
    for name in list(references(t["Resources"])) + list(references(t.get("Outputs", {}))):
        if name not in known:
            raise Refused(f"Unresolved resource dependencies [{name}] in the template")
    for name, r in t["Resources"].items():
        for key in r:
            if key not in LANGUAGE["resource-keys"]:
                raise Refused(f"Invalid resource property {key} of {name}")
        if r.get("DeletionPolicy", "Delete") not in LANGUAGE["deletion-policies"]:
            raise Refused(f"DeletionPolicy of {name}")
        if r.get("UpdateReplacePolicy", "Delete") not in LANGUAGE["replace-policies"]:
            raise Refused(f"UpdateReplacePolicy of {name}")
    order(t)


def needs(resource, names):
    depends = resource.get("DependsOn", [])
    found = set(references(resource.get("Properties", {}))) | set([depends] if isinstance(depends, str) else depends)
    return found & set(names)


def order(t):
    left, done = dict(t["Resources"]), []
    while left:
        ready = [n for n, r in left.items() if not needs(r, left)]
        if not ready:
            raise Refused(f"Circular dependency between resources: {sorted(left)}")
        done += ready
        for n in ready:
            del left[n]
    return done


def check_parameter(account, name, rule, value):
    text = as_text(value)
    # Of a list each element must match, trimmed.
    parts = [p.strip() for p in text.split(",")] if rule["Type"] == "CommaDelimitedList" else [text]
    if "AllowedPattern" in rule and not all(re.fullmatch(rule["AllowedPattern"], p) for p in parts):
        raise Refused(f"Parameter {name} failed to satisfy constraint: {rule.get('ConstraintDescription', rule['AllowedPattern'])}")
    if "AllowedValues" in rule and text not in map(as_text, rule["AllowedValues"]):
        raise Refused(f"Parameter '{name}' must be one of AllowedValues")
    if not int(rule.get("MinLength", 0)) <= len(text) <= int(rule.get("MaxLength", 4096)) or len(text.encode()) > 4096:
        raise Refused(f"Parameter {name}: length")
    if rule["Type"] == "Number" and not re.fullmatch(r"-?[0-9.]+", text):
        raise Refused(f"Parameter {name} must be a number")
    if rule["Type"] == "Number" and not float(rule.get("MinValue", text)) <= float(text) <= float(rule.get("MaxValue", text)):
        raise Refused(f"Parameter {name}: range")
    if rule["Type"].startswith("AWS::EC2::") and text not in account.existing.get(rule["Type"], ()):
        raise Refused(f"Parameter validation failed: parameter value {text} for parameter name {name} does not exist")
    return parts if rule["Type"] == "CommaDelimitedList" else text


def read_parameters(account, template, given):
    rules = template.get("Parameters", {})
    extra = sorted(set(given) - set(rules))
    if extra:
        raise Refused(f"Parameters: {extra} do not exist in the template")
    missing = [n for n, r in rules.items() if n not in given and "Default" not in r]
    if missing:
        raise Refused(f"Parameters: {missing} must have values")
    return {n: check_parameter(account, n, r, given.get(n, r.get("Default"))) for n, r in rules.items()}


def capability(template):
    named = {"RoleName", "PolicyName", "InstanceProfileName", "ManagedPolicyName", "UserName", "GroupName"}
    need = None
    for r in template["Resources"].values():
        if r["Type"].startswith("AWS::IAM::"):
            need = need or "CAPABILITY_IAM"
            own = named & set(r.get("Properties", {})) - ({"PolicyName"} if r["Type"].endswith("::Policy") else set())
            if own:
                need = "CAPABILITY_NAMED_IAM"
    return need


# ---- stacks

class Stack:
    def __init__(self, name, template, parameters):
        self.name, self.template, self.parameters = name, template, parameters
        self.things, self.outputs, self.exported, self.imports = {}, {}, {}, set()


class Account:
    def __init__(self, region="eu-central-1", number="111122223333"):
        self.region, self.number = region, number
        self.partition = {"us-gov": "aws-us-gov", "cn": "aws-cn"}.get(region.rsplit("-", 2)[0], "aws")
        self.suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        self.existing = {"AWS::EC2::Subnet::Id": {"subnet-12345"}, "AWS::EC2::SecurityGroup::Id": {"sg-67890"},
                         "AWS::EC2::KeyPair::KeyName": {"operator"}}
        self.stacks, self.exports, self.unique = {}, {}, {}
        self.versions = {}                # base ARN -> list of (version, build), and builds
        self.retained = []
        self.count = 0

    def serial(self):
        self.count += 1
        return self.count

    def version(self, thing, base):
        """The version that a new component, workflow or recipe gets."""
        wanted, have = as_text(thing.properties["Version"]), self.versions.setdefault(base, [])
        builds = thing.kind != "AWS::ImageBuilder::ImageRecipe"
        if not re.fullmatch(r"\d+\.\d+\.\d+" if builds else r"\d+\.(\d+\.(\d+|x)|x\.x)", wanted):
            raise Refused(f"{thing.kind}: version {wanted} is not valid")
        if wanted.endswith("x"):
            prefix = wanted[:wanted.index("x")]
            patches = [int(v.rsplit(".", 1)[1]) for v, _ in have if v.startswith(prefix)]
            wanted = f"{prefix}{'0.' if wanted.endswith('x.x') else ''}{max(patches, default=-1) + 1}"
        elif not builds and (wanted, 0) in have:
            raise Refused(f"{thing.logical}: resource {base}/{wanted} already exists")
        build = 1 + max((b for v, b in have if v == wanted), default=0) if builds else 0
        have.append((wanted, build))
        return wanted, build

    def make(self, scope, logical):
        r = scope.template["Resources"][logical]
        properties = scope.value(r.get("Properties", {}))
        facts = type_facts(r["Type"])
        wrong = list(faults(properties, {k: v for k, v in facts.items() if k != "definitions"}, facts, logical))
        wrong += list(document_faults(facts, properties))
        if wrong:
            raise Refused("; ".join(wrong))
        return Thing(self, scope.name, logical, r["Type"], properties)

    def claim(self, thing):
        key = thing.unique()
        if key and key in self.unique:
            raise Refused(f"{thing.logical}: {key[1]} already exists")
        if key:
            self.unique[key] = thing

    def release(self, thing, keep):
        key = thing.unique()
        if keep:
            self.retained.append(thing)
        elif thing.objects:
            raise Refused(f"{thing.logical}: The bucket you tried to delete is not empty")
        elif key:
            self.unique.pop(key, None)

    def active(self, scope):
        t = scope.template["Resources"]
        for name in scope.template.get("Conditions", {}):
            scope.condition(name)
        return [n for n in order(scope.template) if "Condition" not in t[n] or scope.condition(t[n]["Condition"])]

    def prepare(self, name, body, given, capabilities, inline):
        template = read(body, inline)
        check_template(template)
        need = capability(template)
        if need and need not in capabilities and "CAPABILITY_NAMED_IAM" not in capabilities:
            raise Refused(f"Requires capabilities : [{need}]")
        return Scope(self, name, template, read_parameters(self, template, given))

    def outputs_of(self, scope, stack):
        for name, rule in scope.template.get("Outputs", {}).items():
            if "Condition" in rule and not scope.condition(rule["Condition"]):
                continue
            value = scope.value(rule["Value"])
            if isinstance(value, (dict, list)) or value is NOTHING:
                raise Refused(f"output {name} is no text")
            stack.outputs[name] = as_text(value)
            if "Export" in rule:
                stack.exported[as_text(scope.value(rule["Export"]["Name"]))] = as_text(value)
        stack.imports = scope.imports
        return stack

    def create(self, name, body, given=None, capabilities=(), inline=True):
        if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", name) or name in self.stacks:
            raise Refused(f"Stack [{name}] already exists, or its name is not valid")
        scope = self.prepare(name, body, given or {}, capabilities, inline)
        stack = Stack(name, scope.template, scope.parameters)
        try:
            for logical in self.active(scope):
                thing = self.make(scope, logical)
                self.claim(thing)
                scope.things[logical] = thing
            self.outputs_of(scope, stack)
            for export in stack.exported:
                if export in self.exports:
                    raise Refused(f"Export with name {export} is already exported by stack {self.exports[export][0]}")
        except Refused:
            for thing in scope.things.values():
                self.unique.pop(thing.unique(), None)
            raise
        stack.things = scope.things
        self.stacks[name] = stack
        self.exports.update({k: (name, v) for k, v in stack.exported.items()})
        return stack

    def users(self, export):
        return sorted(s.name for s in self.stacks.values() if export in s.imports)

    def update(self, name, body, given=None, capabilities=(), inline=True):
        """Returns {logical id: create | in place | replace | delete}; what stays is left out.
        Parameters that are not given keep their values, as --use-previous-value does."""
        old = self.stacks[name]
        template = read(body, inline)
        kept = {k: v for k, v in old.parameters.items() if k in template.get("Parameters", {})}
        scope = self.prepare(name, body, {**kept, **(given or {})}, capabilities, inline)
        if scope.template == old.template and scope.parameters == old.parameters:
            raise Refused("No updates are to be performed.")
        stack, effects, gone = Stack(name, scope.template, scope.parameters), {}, []
        saved = dict(self.unique), {k: list(v) for k, v in self.versions.items()}
        try:
            for logical in self.active(scope):
                self.change(scope, old, logical, effects, gone)
            gone += [t for n, t in old.things.items() if n not in scope.things]
            effects.update({n: "delete" for n in old.things if n not in scope.things})
            self.outputs_of(scope, stack)
            self.check_exports(old, stack)
        except Refused:
            self.unique, self.versions = saved
            raise
        for thing in gone:
            rule = old.template["Resources"][thing.logical]
            word = "UpdateReplacePolicy" if thing.logical in scope.things else "DeletionPolicy"
            self.release(thing, rule.get(word, "Delete").startswith("Retain"))
        stack.things = scope.things
        self.stacks[name] = stack
        self.exports = {k: v for k, v in self.exports.items() if v[0] != name}
        self.exports.update({k: (name, v) for k, v in stack.exported.items()})
        return effects

    def check_exports(self, old, new):
        for export, value in old.exported.items():
            users = self.users(export)
            if users and new.exported.get(export) != value:
                raise Refused(f"Export {export} cannot be updated as it is in use by {', '.join(users)}")
        for export in new.exported:
            if self.exports.get(export, (new.name,))[0] != new.name:
                raise Refused(f"Export with name {export} is already exported")

    def change(self, scope, old, logical, effects, gone):
        before = old.things.get(logical)
        rule = scope.template["Resources"][logical]
        properties = scope.value(rule.get("Properties", {}))
        if before and before.kind == rule["Type"] and properties == before.properties:
            scope.things[logical] = before
            return
        if before and before.kind == rule["Type"] and not replaces(before, properties):
            after = self.make_in_place(scope, logical, before)
            effects[logical] = "in place"
        else:
            after = self.make(scope, logical)
            self.claim(after)
            effects[logical] = "replace" if before else "create"
            gone += [before] if before else []
        scope.things[logical] = after

    def make_in_place(self, scope, logical, before):
        r = scope.template["Resources"][logical]
        properties = scope.value(r.get("Properties", {}))
        wrong = list(faults(properties, before.facts, before.facts, logical)) + list(document_faults(before.facts, properties))
        if wrong:
            raise Refused("; ".join(wrong))
        after = Thing.__new__(Thing)
        after.__dict__ = {**before.__dict__, "properties": properties}
        return after

    def delete(self, name):
        stack = self.stacks[name]
        for export in stack.exported:
            others = [u for u in self.users(export) if u != name]
            if others:
                raise Refused(f"Export {export} cannot be deleted as it is in use by {', '.join(others)}")
        for thing in stack.things.values():
            policy = stack.template["Resources"][thing.logical].get("DeletionPolicy", "Delete")
            self.release(thing, policy.startswith("Retain"))
        self.exports = {k: v for k, v in self.exports.items() if v[0] != name}
        del self.stacks[name]


def lookup(tree, path):
    for part in path.split("."):
        if part == "*":
            return tree
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


def replaces(before, after):
    """Does the update need a new resource? 'may-replace' properties do, unless the document makes versions."""
    paths = list(before.facts.get("create-only", []))
    if before.properties.get("UpdateMethod", "Replace") == "Replace":
        paths += before.facts.get("may-replace", [])
    return any(lookup(before.properties, p) != lookup(after, p) for p in paths)


def document_faults(facts, properties):
    """The services read documents when the resource is made."""
    rule = facts.get("document")
    value = properties.get(rule["property"]) if rule else None
    if value is None or value == "<text>" or "<text>" in json.dumps(value):
        return
    schema = json.loads((ROOT / f"schemas/{rule['schema']}.schema.json").read_text())
    when = schema["facts"].get("only-when")
    if when and properties.get(when["key"]) != when["is"]:
        return
    try:
        tree = yaml.load(value, Loader) if isinstance(value, str) else value
    except (yaml.YAMLError, Refused) as e:
        yield f"{rule['schema']} cannot be read: {e}"
        return
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if len(text) > schema["facts"].get("max-characters", 1 << 30) or len(text.encode()) > schema["facts"].get("max-bytes", 1 << 30):
        yield f"{rule['schema']} has {len(text)} characters"
    yield from faults(tree, schema, schema, rule["schema"])
    for step in steps(tree, schema["facts"]["steps"]):
        action = schema["actions"].get(step.get("action"))
        if action is None:
            yield f"{rule['schema']}: no action {step.get('action')}"
        elif "inputs" in step:
            yield from faults(step["inputs"], action["inputs"], schema, f"{rule['schema']}.{step.get('name')}")


def steps(tree, way):
    found = tree.get(way[0], [])
    return found if len(way) == 1 else [s for phase in found for s in phase.get(way[1], [])]
