"""The documents as AWS runs them: AWSTOE components, SSM Command documents, Image Builder
workflows. What the documentation does not allow raises Invalid; a step that fails ends the run
as it would there.

Checked against amazon-ssm-agent 3.3.0.0, built with Go 1.26 and run (parser, parameter validation,
shell plugin, time-out), on 2026-11-28: which patterns it refuses, what Output holds and where it
is cut, SIGKILL to the process group, 137. AWSTOE and Image Builder are modelled after their guides
and public logs of builds.
"""
import re
import re._parser as parser

import yaml


class Invalid(Exception):
    pass


class Failed(Exception):
    pass


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 as the services read it; a key given twice is refused."""

    def construct_mapping(self, node, deep=False):
        keys = [k.value for k, _ in node.value]
        if len(keys) != len(set(keys)):
            raise Invalid(f"a key is given twice: {keys}")
        return super().construct_mapping(node, deep)


def load(text, limit):
    if not 0 < len(text) <= limit:
        raise Invalid(f"{len(text)} characters, {limit} are allowed")
    return yaml.load(text, Loader)


# ---- templates: the functions that ours use

def resolve(template, parameters=None, stack="base-stack"):
    """The template with its functions resolved; physical ids are made up from logical ones."""
    values = {"AWS::StackName": stack, "AWS::Region": "eu-central-1", "AWS::Partition": "aws",
              "AWS::AccountId": "111122223333", "AWS::URLSuffix": "amazonaws.com", "AWS::NoValue": None}
    for name, p in template.get("Parameters", {}).items():
        value = str((parameters or {}).get(name, p.get("Default", "sample-" + name)))
        values[name] = value.split(",") if p["Type"] == "CommaDelimitedList" else value
    kinds = {name: r["Type"] for name, r in template["Resources"].items()}

    def physical(name):
        if name in values:
            return values[name]
        prefix = "arn:aws:imagebuilder:eu-central-1:111122223333"
        made = {"AWS::ImageBuilder::Component": f"{prefix}:component/made-{name.lower()}/1.0.0/1",
                "AWS::ImageBuilder::Workflow": f"{prefix}:workflow/build/made-{name.lower()}/1.0.0/1",
                "AWS::SSM::Document": f"{stack}-{name}-A1B2C3", "AWS::S3::Bucket": f"{stack}-bucket"}
        if name not in kinds:
            raise Invalid(f"nothing is called {name}")
        return made.get(kinds[name], f"{stack}-{name}")

    def attribute(path):
        name, _, rest = path.partition(".")
        if kinds[name] == "AWS::IAM::Role":
            way = walk(template["Resources"][name]["Properties"].get("Path", "/"))
            return f"arn:aws:iam::111122223333:role{way}{physical(name)}"
        return {"AWS::S3::Bucket": f"arn:aws:s3:::{physical(name)}"}.get(
            kinds[name], f"arn:aws:made:::{physical(name)}/{rest}")

    def substitute(text, more):
        def one(match):
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in more:
                return more[name]
            return attribute(name) if "." in name else physical(name)
        return re.sub(r"\$\{([^}]*)\}", one, text)

    def condition(tree):
        (kind, of), = tree.items()
        if kind == "Condition":
            return condition(template["Conditions"][of])
        if kind == "Fn::Equals":
            return walk(of[0]) == walk(of[1])
        parts = [condition(c) for c in of]
        return {"Fn::Not": lambda: not parts[0], "Fn::And": lambda: all(parts),
                "Fn::Or": lambda: any(parts)}[kind]()

    def function(kind, of):
        if kind == "Fn::Sub":
            text, more = (of, {}) if isinstance(of, str) else of
            return substitute(text, {k: walk(v) for k, v in more.items()})
        if kind == "Fn::If":
            return walk(of[1 if condition(template["Conditions"][of[0]]) else 2])
        if kind == "Fn::GetAtt":
            return attribute(".".join(of) if isinstance(of, list) else of)
        of = walk(of)
        return {"Ref": lambda: physical(of), "Fn::Join": lambda: of[0].join(of[1]),
                "Fn::Select": lambda: of[1][int(of[0])], "Fn::Split": lambda: of[1].split(of[0]),
                "Fn::ImportValue": lambda: "imported-" + of,
                "Fn::GetStackOutput": lambda: "output-" + of["OutputName"]}[kind]()

    def walk(tree):
        if isinstance(tree, list):
            return [w for w in map(walk, tree) if w is not None]
        if not isinstance(tree, dict):
            return tree
        if len(tree) == 1 and (next(iter(tree)) == "Ref" or next(iter(tree)).startswith("Fn::")):
            return function(*next(iter(tree.items())))
        return {k: w for k, w in ((k, walk(v)) for k, v in tree.items()) if w is not None}

    resolved = walk({k: v for k, v in template.items() if k in ("Resources", "Outputs")})
    resolved["physical"] = {name: physical(name) for name in kinds}
    return resolved


SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


class TemplateLoader(Loader):
    pass


def short_form(loader, suffix, node):
    name = SHORT.get("!" + suffix, "Fn::" + suffix)
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


TemplateLoader.add_multi_constructor("!", short_form)


def template(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, TemplateLoader)


# ---- AWSTOE

TOE_STEP = {"name", "action", "timeoutSeconds", "onFailure", "maxAttempts", "if", "loop", "inputs"}


class Component:
    def __init__(self, text):
        self.document = load(text, 16000)
        if set(self.document) - {"name", "description", "schemaVersion", "parameters", "constants", "phases"}:
            raise Invalid("unknown keys in the component")
        if str(self.document["schemaVersion"]) != "1.0":
            raise Invalid("schemaVersion")
        self.parameters = {}
        for entry in self.document.get("parameters", []):
            (name, p), = entry.items()
            if p["type"] != "string" or set(p) - {"type", "default", "description"}:
                raise Invalid(f"parameter {name}: {p}")
            if not re.fullmatch(r"[A-Za-z0-9_-]{3,128}", name) or not isinstance(p.get("default", ""), str):
                raise Invalid(f"parameter {name}")
            self.parameters[name] = p
        for phase in self.document["phases"]:
            names = [s["name"] for s in phase["steps"]]
            if len(names) != len(set(names)):
                raise Invalid("two steps of one name")
            for step in phase["steps"]:
                self.check(step)

    @staticmethod
    def check(step):
        if set(step) - TOE_STEP or step["action"] not in ("Assert", "ExecuteBash", "S3Download"):
            raise Invalid(f"step {step['name']}")
        limit = step.get("timeoutSeconds", 7200)
        if not isinstance(limit, int) or limit <= 0:
            raise Invalid(f"step {step['name']}: timeoutSeconds")
        if step.get("onFailure", "Abort") != "Abort":
            raise Invalid(f"step {step['name']} goes on after a failure")

    def run(self, builder, given, log):
        for name in given:
            if name not in self.parameters:
                raise Invalid(f"the component has no parameter {name}")
        known = {}
        for name, p in self.parameters.items():
            if name not in given and "default" not in p:
                raise Invalid(f"no value for {name}")
            known[name] = given.get(name, p.get("default"))
        for phase in self.document["phases"]:
            if phase["name"] not in ("build", "validate"):
                continue
            for step in phase["steps"]:
                if "if" in step and not compare(fill(step["if"], known)):
                    continue
                out = self.step(builder, step, known, log)
                known[f"{phase['name']}.{step['name']}.outputs.stdout"] = out.strip()

    @staticmethod
    def step(builder, step, known, log):
        inputs = fill(step["inputs"], known)
        if step["action"] == "Assert":
            if not compare(inputs):
                raise Failed(f"{step['name']}: the assertion is false: {inputs}")
            return ""
        if step["action"] == "S3Download":
            raise Invalid("S3Download takes no more than 1,000 objects and checks no owner")
        done = builder.run("\n".join(inputs["commands"]), timeout=step["timeoutSeconds"])
        log.append((step["name"], done))
        if done.returncode != 0:
            raise Failed(f"{step['name']}: exit status {done.returncode}: {done.stdout[-2000:]}")
        return done.stdout


def fill(tree, known):
    """{{ name }} in inputs and conditions; a name that nobody knows is an error."""
    if isinstance(tree, list):
        return [fill(t, known) for t in tree]
    if isinstance(tree, dict):
        return {k: fill(v, known) for k, v in tree.items()}
    if not isinstance(tree, str):
        return tree

    def one(match):
        if match.group(1) not in known:
            raise Invalid(f"nothing is called {{{{ {match.group(1)} }}}}")
        return known[match.group(1)]
    return re.sub(r"\{\{\s*([^{}]+?)\s*\}\}", one, tree)


def compare(tree):
    if "and" in tree:
        return all(compare(t) for t in tree["and"])
    if "or" in tree:
        return any(compare(t) for t in tree["or"])
    if "not" in tree:
        return not compare(tree["not"])
    if "patternMatches" in tree and set(tree) == {"patternMatches", "value"}:
        if re.search(r"\(\?[=!<]|\\[1-9]", tree["patternMatches"]):
            raise Invalid("RE2 knows no such pattern")
        # RE2's $ is the end of the text, Python's also stands before a last newline.
        return re.search(re.sub(r"\$$", r"\\Z", tree["patternMatches"]), tree["value"]) is not None
    if "stringIsEmpty" in tree:
        return tree["stringIsEmpty"] == ""
    if "stringEquals" in tree:
        return tree["stringEquals"].lower() == tree["value"].lower()
    raise Invalid(f"no operator known in {tree}")


# ---- SSM Command documents, schema 2.2, as the agent runs them

REPEATS = 1000
TITLE = "\n----------ERROR-------\n"
CUT_OUTPUT, CUT_ERROR = "\n---Output truncated---", "\n---Error truncated----"
COMBINED, SEPARATE = 2500, 24000


def is_re2(pattern):
    """Whether RE2 compiles what Python does: no look-around or back-reference, and repeats of at
    most 1,000, nested ones multiplied."""
    def fits(tree, left):
        for kind, of in tree:
            name = str(kind)
            if name in ("ASSERT", "ASSERT_NOT", "GROUPREF", "GROUPREF_EXISTS", "ATOMIC_GROUP", "POSSESSIVE_REPEAT"):
                return False
            if name in ("MAX_REPEAT", "MIN_REPEAT"):
                low, high, inner = of
                times = low if high == parser.MAXREPEAT else high
                if times > left or not fits(inner, left // times if times else left):
                    return False
            elif name == "SUBPATTERN" and not fits(of[3], left):
                return False
            elif name == "BRANCH" and not all(fits(b, left) for b in of[1]):
                return False
        return True
    return fits(parser.parse(pattern), REPEATS)


def combined(out, err, room=COMBINED):
    """A plugin's Output, which Image Builder reads: stdout, then stderr behind a line of its own, cut."""
    room -= len(TITLE) if err else 0
    title = TITLE if err else ""
    if len(out) + len(err) < room:
        return out + title + err
    if len(out) > room // 2 and len(err) > room // 2:
        half = (room - len(CUT_OUTPUT) - len(CUT_ERROR)) // 2
        return out[:half] + CUT_OUTPUT + title + err[:half] + CUT_ERROR
    if len(out) <= room // 2:
        return out + title + err[:room - len(CUT_ERROR) - len(out)] + CUT_ERROR
    return out[:room - len(CUT_OUTPUT) - len(err)] + CUT_OUTPUT + title + err


class Invocation:
    """What came of a command: GetCommandInvocation has both streams, ListCommandInvocations the Output."""

    def __init__(self, done):
        self.status, self.code = "Success", done.returncode
        err = done.stderr
        if done.returncode == TIMED_OUT:
            self.status = "TimedOut"
        elif done.returncode != 0:
            self.status = "Failed"
            end = f"exit status {done.returncode}" if done.returncode > 0 else "signal"
            err += f"failed to run commands: {end}"
        self.output = combined(done.stdout, err)
        self.stdout, self.stderr = done.stdout[:SEPARATE], err[:SEPARATE]


TIMED_OUT = 137


class CommandDocument:
    def __init__(self, content):
        self.content = content
        if content["schemaVersion"] != "2.2" or set(content) - {
                "schemaVersion", "description", "parameters", "mainSteps"}:
            raise Invalid("document")
        for name, p in content.get("parameters", {}).items():
            if p["type"] != "String" or set(p) - {"type", "description", "default", "allowedPattern", "allowedValues"}:
                raise Invalid(f"parameter {name}")
            pattern = p.get("allowedPattern", "")
            if not (pattern.startswith("^") and pattern.endswith("$")):
                raise Invalid(f"parameter {name} takes any text")
            if not is_re2(pattern):
                raise Invalid(f"parameter {name}: the agent cannot compile {pattern}")
            if p.get("default") == "":
                raise Invalid(f"parameter {name}: an empty default was seen nowhere")
            if "default" in p:
                self.check(name, p["default"])
        steps = content["mainSteps"]
        if len(steps) > 1 and any(s.get("onFailure") != "exit" for s in steps[:-1]):
            raise Invalid("the agent runs the next step although this one failed")

    def check(self, name, value):
        p = self.content["parameters"][name]
        pattern = re.sub(r"\$$", r"\\Z", p["allowedPattern"])
        if re.search(pattern, value) is None:
            raise Invalid(f"{name}: '{value}' does not match {p['allowedPattern']}")

    def run(self, builder, given, log):
        declared = self.content.get("parameters", {})
        known = {}
        for name in given:
            if name not in declared:
                raise Invalid(f"the document has no parameter {name}")
        for name, p in declared.items():
            if name not in given and "default" not in p:
                raise Invalid(f"no value for {name}")
            known[name] = given.get(name, p.get("default"))
            self.check(name, known[name])
        if len(str(self.content)) + sum(len(v) for v in known.values()) > 65536:
            raise Invalid("document and parameters have at most 64 KiB")
        outputs = []
        for step in self.content["mainSteps"]:
            if step["action"] != "aws:runShellScript" or step.get("precondition", {}) not in (
                    {}, {"StringEquals": ["platformType", "Linux"]}):
                raise Invalid(f"step {step['name']}")
            limit = step["inputs"]["timeoutSeconds"]
            if not isinstance(limit, str) or not 5 <= int(limit) <= 172800:
                raise Invalid("timeoutSeconds is text, 5 to 172800")
            script = "\n".join(step["inputs"]["runCommand"])
            script = re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda m: known.get(m.group(1), m.group(0)), script)
            done = builder.run(script, timeout=int(limit), SSM_COMMAND_ID="c")
            log.append((step["name"], done))
            invocation = Invocation(done)
            outputs.append(invocation.output)
            if invocation.status != "Success":
                raise Failed(f"{invocation.status}: {invocation.output}")
        return "\n".join(outputs)


# ---- Image Builder workflows

LIMITS = {"LaunchInstance": 43200, "ExecuteComponents": 86400, "RunCommand": 43200,
          "TerminateInstance": 43200}


class Workflow:
    def __init__(self, text):
        self.document = d = load(text, 16000)
        if set(d) - {"name", "description", "schemaVersion", "parameters", "steps", "outputs"}:
            raise Invalid("unknown keys in the workflow")
        if str(d["schemaVersion"]) != "1.0" or not 0 < len(d["steps"]) <= 15:
            raise Invalid("schemaVersion, or more than 15 steps")
        names = [s["name"] for s in d["steps"]]
        if len(names) != len(set(names)) or not all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{2,99}", n) for n in names):
            raise Invalid(f"names of steps: {names}")
        for s in d["steps"]:
            if s["action"] not in LIMITS or not 1 <= s["timeoutSeconds"] <= LIMITS[s["action"]]:
                raise Invalid(f"step {s['name']}")
            if s.get("onFailure", "Abort") not in ("Abort", "Continue"):
                raise Invalid(f"step {s['name']}: onFailure")

    @staticmethod
    def value(path, scope):
        if isinstance(path, list):
            return [Workflow.value(p, scope) for p in path]
        at = scope
        for part in re.findall(r"[A-Za-z_]\w*|\[\d+\]", path.removeprefix("$.")):
            try:
                at = at[int(part[1:-1])] if part[0] == "[" else at[part]
            except (KeyError, IndexError, TypeError) as e:
                raise Invalid(f"nothing at {path}") from e
        return at

    def inputs(self, tree, scope):
        if isinstance(tree, list):
            return [self.inputs(t, scope) for t in tree]
        if isinstance(tree, dict):
            return {k.removesuffix(".$"): self.value(v, scope) if k.endswith(".$") else self.inputs(v, scope)
                    for k, v in tree.items()}
        if isinstance(tree, str):
            return re.sub(r"\{\{\s*(\$\.[\w.\[\]]+)\s*\}\}", lambda m: str(self.value(m.group(1), scope)), tree)
        return tree

    def run(self, given, actions, image):
        declared = {p["name"]: p for p in self.document.get("parameters", [])}
        for name in given:
            if name not in declared:
                raise Invalid(f"the workflow has no parameter {name}")
        missing = [n for n, p in declared.items() if n not in given and "default" not in p]
        if missing:
            raise Invalid(f"no value for {missing}")
        scope = {"parameters": {n: given.get(n, p.get("default")) for n, p in declared.items()},
                 "stepOutputs": {}, "imagebuilder": image}
        for step in self.document["steps"]:
            try:
                out = actions[step["action"]](self.inputs(step["inputs"], scope), step)
            except Failed:
                if step.get("onFailure", "Abort") == "Abort":
                    raise
                out = {}
            scope["stepOutputs"][step["name"]] = out
        outputs = {o["name"]: self.value(o["value"], scope) for o in self.document["outputs"]}
        if not re.fullmatch(r"ami-[0-9a-f]{17}", outputs.get("ImageId", "")):
            raise Failed(f"Invalid ImageId output value: {outputs}")
        return outputs
