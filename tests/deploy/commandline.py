"""The real command line of AWS, in this process, with answers of our own: arguments are parsed and
requests checked by its own models, output is made by its own formatters. Nothing reaches a network.

Debian's (2.9.19) lacks operations of the years since; `extras` below are what they look like. A newer
one that python3 finds (pip's awscli) works as well and then says itself what they look like.
"""
import importlib.metadata
import io
import json
import os
import pathlib
import sys
import tempfile
import types

EXTRAS = {
    "imagebuilder/2019-12-02": {"operations": {"DeleteWorkflow": {
        "name": "DeleteWorkflow", "http": {"method": "DELETE", "requestUri": "/DeleteWorkflow"},
        "input": {"shape": "DeleteWorkflowRequest"}, "output": {"shape": "DeleteWorkflowResponse"}}},
        "shapes": {
            "DeleteWorkflowRequest": {"type": "structure", "required": ["workflowBuildVersionArn"], "members": {
                "workflowBuildVersionArn": {"shape": "NonEmptyString", "location": "querystring",
                                            "locationName": "workflowBuildVersionArn"}}},
            "DeleteWorkflowResponse": {"type": "structure", "members": {
                "workflowBuildVersionArn": {"shape": "NonEmptyString"}}}}},
    "ec2/2016-11-15": {"operations": {"GetInstanceTpmEkPub": {
        "name": "GetInstanceTpmEkPub", "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": "GetInstanceTpmEkPubRequest"}, "output": {"shape": "GetInstanceTpmEkPubResult"}}},
        "shapes": {
            "GetInstanceTpmEkPubRequest": {"type": "structure", "required": ["InstanceId", "KeyType", "KeyFormat"],
                                           "members": {n: {"shape": "String"} for n in ("InstanceId", "KeyType", "KeyFormat")}},
            "GetInstanceTpmEkPubResult": {"type": "structure", "members": {
                "KeyValue": {"shape": "String", "locationName": "keyValue"}}}}},
}


class Wrong(Exception):
    """An answer that the service could not give."""


def models(folder):
    for name, extra in EXTRAS.items():
        file = pathlib.Path(folder, name, "service-2.sdk-extras.json")
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"merge": extra}))


def check_answer(shape, value, at=""):
    """Members that the shape lacks, or of another kind, are a mistake of the stand-in."""
    kinds = {"structure": dict, "map": dict, "list": (list, tuple), "string": str, "integer": int, "long": int, "boolean": bool}
    if not isinstance(value, kinds.get(shape.type_name, object)):
        raise Wrong(f"{at}: {value!r} is not a {shape.type_name}")
    if shape.type_name == "structure":
        for key, inner in value.items():
            if key not in shape.members:
                raise Wrong(f"{at}.{key} is not in {shape.name}")
            check_answer(shape.members[key], inner, f"{at}.{key}")
    elif shape.type_name == "list":
        for inner in value:
            check_answer(shape.member, inner, at + "[]")


class CommandLine:
    """answer(service, operation, request) returns the response or raises LookupError(code, text)."""

    def __init__(self, answer):
        self.answer = answer
        self.folder = tempfile.TemporaryDirectory()
        os.environ.update(AWS_ACCESS_KEY_ID="AKIATEST", AWS_SECRET_ACCESS_KEY="secret", AWS_PAGER="",
                          AWS_DEFAULT_REGION="eu-central-1", AWS_CONFIG_FILE="/dev/null",
                          AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true")
        self.version = importlib.metadata.version("awscli")
        if self.version.startswith("2.9."):       # read when awscli is imported
            models(self.folder.name)
            os.environ["AWS_DATA_PATH"] = self.folder.name
        from awscli import clidriver
        # The second major version has a botocore of its own, below one name or the other.
        self.botocore = next(m.rsplit(".", 1)[0] for m in sys.modules if m.endswith("botocore.client"))
        client = sys.modules[self.botocore + ".client"]
        client.BaseClient._make_api_call = lambda it, name, request: self.call(it, name, request)
        self.driver = clidriver.create_clidriver()
        make, made = self.driver.session.create_client, {}

        def client_of(service, **more):
            """One a service: making it takes longer than all else. S3's carries where a file goes."""
            if service == "s3" or service not in made:
                made[service] = make(service, **more)
            return made[service]
        self.driver.session.create_client = client_of

    def call(self, client, name, request):
        operation = client.meta.service_model.operation_model(name)
        request = client._emit_api_params(request, operation, {})   # what the command line adds by itself
        if operation.input_shape:
            report = sys.modules[self.botocore + ".validate"].ParamValidator().validate(request, operation.input_shape)
            if report.has_errors():
                raise sys.modules[self.botocore + ".exceptions"].ParamValidationError(report=report.generate_report())
        try:
            answer = self.answer(client.meta.service_model.service_name, name, request) or {}
        except LookupError as e:
            code, text = e.args
            raise client.exceptions.ClientError({"Error": {"Code": code, "Message": text}}, name) from e
        if operation.output_shape:
            check_answer(operation.output_shape, {k: v for k, v in answer.items() if k != "Body"}, name)
        # What the command line does with an answer before it shows it: files are written here.
        client.meta.events.emit(f"after-call.{client.meta.service_model.service_id.hyphenize()}.{name}", parsed=answer,
                                model=operation, http_response=types.SimpleNamespace(status_code=200), context={})
        return answer

    def run(self, arguments):
        """Exit status, stdout, stderr."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
        kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            status = self.driver.main(arguments)
        except SystemExit as e:
            status = e.code or 0
        except Exception as e:  # the stand-in's fault: told as one that no service has
            status = 99
            print(f"stand-in: {type(e).__name__}: {e}", file=err)
        finally:
            sys.stdout, sys.stderr = kept
        return status, out.buffer.getvalue(), err.buffer.getvalue()
