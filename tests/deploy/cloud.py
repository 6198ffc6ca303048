"""A stand-in for the parts of EC2, EBS direct, S3, Secrets Manager and the instance metadata that
a build instance talks to. It refuses what they refuse, as documented; a pass here is no proof
that they accept. Every call is authorised by the emitted policies (iam.py).
"""
import base64
import hashlib
import http.server
import json
import re
import secrets
import threading
import time
import urllib.parse
import xml.sax.saxutils

import iam

BLOCK = 524288
ACCOUNT, REGION, PARTITION = "111122223333", "eu-central-1", "aws"
INSTANCE = "i-0a1b2c3d4e5f60718"


class Refused(Exception):
    def __init__(self, code, text, status=400):
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


def escape(text):
    return xml.sax.saxutils.escape(str(text))


class Cloud:
    """State, and one method an API call. `allow` is the list of statements of the instance role."""

    def __init__(self, allow):
        self.allow, self.used = allow, set()
        self.snapshots, self.images, self.objects, self.secrets = {}, {}, {}, {}
        self.owners = {}                  # bucket -> account; this account's when missing
        self.faults = {}                  # call -> what goes wrong
        self.calls = []
        self.began = {}                   # snapshot -> when, as EC2 writes it; now when missing
        self.pending = 1                  # so often DescribeSnapshots says pending after the completion
        self.lag = 0                      # so often DescribeImages does not know of a new image
        self.before = self.after = lambda call: None    # round each request
        self.lock = threading.RLock()
        self.instance = INSTANCE

    def authorise(self, action, resource="*", **context):
        context = {k.replace("__", ":"): v for k, v in context.items()}
        context.update(context.pop("more", {}))
        sid = iam.decide(self.allow, action, resource, context)
        if sid is None:
            raise Refused("UnauthorizedOperation", f"not allowed: {action} on {resource} {context}", 403)
        self.used.add(sid)

    def arn(self, kind, name):
        return f"arn:{PARTITION}:ec2:{REGION}::{kind}/{name}"

    @staticmethod
    def request_tags(tags):
        more = {f"aws:RequestTag/{k}": v for k, v in tags.items()}
        return {**more, "aws:TagKeys": list(tags)}

    @staticmethod
    def resource_tags(tags):
        return {f"aws:ResourceTag/{k}": v for k, v in tags.items()}

    def use_key(self, key):
        """As if each account's default key were a customer's, which the EBS guide's list is for."""
        via = {"kms:ViaService": f"ebs.{REGION}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
        for name in ("DescribeKey", "CreateGrant", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
                     "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"):
            self.authorise("kms:" + name, key, more=via)

    # ---- EBS direct
    def start_snapshot(self, body):
        tags = {t["Key"]: t["Value"] for t in body.get("Tags", [])}
        more = self.request_tags(tags)
        name = "snap-" + secrets.token_hex(8) + "0"
        self.authorise("ebs:StartSnapshot", self.arn("snapshot", name), more=more)
        if tags:
            self.authorise("ec2:CreateTags", self.arn("snapshot", name), more=more)
        self.use_key(body.get("KmsKeyArn", f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/the-default"))
        if len(body.get("Description", "")) > 255:
            raise Refused("ValidationException", "description")
        if self.faults.get("StartSnapshot"):
            raise Refused("ConcurrentLimitExceededException", "fault")
        self.snapshots[name] = {"tags": tags, "state": "pending", "blocks": {}, "body": body,
                                "size": int(body["VolumeSize"])}
        return {"SnapshotId": name, "BlockSize": BLOCK, "VolumeSize": body["VolumeSize"],
                "Status": "pending", "OwnerId": ACCOUNT, "StartTime": 1700000000.0}

    def put_block(self, name, index, data, headers):
        snapshot = self.snapshots.get(name)
        if snapshot is None:
            raise Refused("ResourceNotFoundException", "no such snapshot", 404)
        self.authorise("ebs:PutSnapshotBlock", self.arn("snapshot", name),
                       more=self.resource_tags(snapshot["tags"]))
        if self.faults.get("PutSnapshotBlock") == index:
            raise Refused("InternalServerException", "fault", 400)
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        if len(data) != BLOCK or headers.get("x-amz-Data-Length") != str(BLOCK):
            raise Refused("ValidationException", "a block has 524288 bytes")
        if headers.get("x-amz-Checksum") != digest:
            raise Refused("ValidationException", "the checksum is another")
        if snapshot["state"] != "pending" or not 0 <= index < snapshot["size"] * (1 << 30) // BLOCK:
            raise Refused("ValidationException", "not pending, or outside the volume")
        snapshot["blocks"][index] = data
        return digest

    def complete_snapshot(self, name, headers):
        snapshot = self.snapshots[name]
        self.authorise("ebs:CompleteSnapshot", self.arn("snapshot", name),
                       more=self.resource_tags(snapshot["tags"]))
        if headers.get("x-amz-ChangedBlocksCount") != str(len(snapshot["blocks"])):
            raise Refused("ValidationException", "another count of blocks")
        snapshot["state"], snapshot["pending"] = "completing", self.pending
        return {"Status": "pending"}

    # ---- EC2
    def describe_snapshots(self, q):
        self.authorise("ec2:DescribeSnapshots")
        if self.faults.get("DescribeSnapshots"):
            raise Refused("InvalidRequest", "fault")
        wanted = self.filters(q)
        ids = {v for k, v in q.items() if re.fullmatch(r"SnapshotId\.\d+", k)}
        found = []
        for name, s in self.snapshots.items():
            if ids and name not in ids:
                continue
            if all(s["tags"].get(k[4:]) in v for k, v in wanted.items() if k.startswith("tag:")):
                found.append(f"<item><snapshotId>{name}</snapshotId><status>{self.state(s)}</status>"
                             f"<startTime>{self.began.get(name) or time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime())}"
                             f"</startTime><progress>100%</progress>{self.tag_set(s['tags'])}</item>")
        return f"<snapshotSet>{''.join(found)}</snapshotSet>"

    def state(self, s):
        if self.faults.get("WaitForSnapshot"):
            return "error"
        if s["state"] == "completing":
            s["pending"] -= 1
            s["state"] = "completing" if s["pending"] >= 0 else "completed"
        return "completed" if s["state"] == "completed" else "pending"

    @staticmethod
    def tag_set(tags):
        items = (f"<item><key>{escape(k)}</key><value>{escape(v)}</value></item>" for k, v in tags.items())
        return f"<tagSet>{''.join(items)}</tagSet>"

    @staticmethod
    def filters(q):
        out = {}
        for k, v in q.items():
            m = re.fullmatch(r"Filter\.(\d+)\.Name", k)
            if m:
                out[v] = [x for kk, x in q.items() if kk.startswith(f"Filter.{m.group(1)}.Value.")]
        return out

    def delete_snapshot(self, q):
        name = q["SnapshotId"]
        s = self.snapshots.get(name)
        if s is None:
            raise Refused("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.")
        volume = f"arn:{PARTITION}:ec2:{REGION}:{ACCOUNT}:volume/vol-ffffffff"
        self.authorise("ec2:DeleteSnapshot", self.arn("snapshot", name),
                       more={**self.resource_tags(s["tags"]), "ec2:ParentVolume": volume})
        if any(i["snapshot"] == name for i in self.images.values()):
            raise Refused("InvalidSnapshot.InUse", f"The snapshot {name} is in use by an image")
        del self.snapshots[name]
        return "<return>true</return>"

    def describe_images(self, q):
        self.authorise("ec2:DescribeImages")
        wanted, hits = self.filters(q), []
        for n, i in self.images.items():
            i["lag"] -= 1
            if i["lag"] < 0 and all(i["tags"].get(k[4:]) in v for k, v in wanted.items() if k.startswith("tag:")):
                hits.append(f"<item><imageId>{n}</imageId><name>{escape(i['name'])}</name><blockDeviceMapping><item>"
                            f"<deviceName>/dev/xvda</deviceName><ebs><snapshotId>{i['snapshot']}</snapshotId></ebs></item>"
                            f"</blockDeviceMapping>{self.tag_set(i['tags'])}</item>")
        return f"<imagesSet>{''.join(hits)}</imagesSet>"

    def deregister_image(self, q):
        if q["ImageId"] not in self.images:
            raise Refused("InvalidAMIID.Unavailable", "no such image")
        tags = self.images[q["ImageId"]]["tags"]
        self.authorise("ec2:DeregisterImage", self.arn("image", q["ImageId"]), more=self.resource_tags(tags))
        if self.faults.get("DeregisterImage"):
            raise Refused("InvalidRequest", "fault")
        del self.images[q["ImageId"]]
        return "<return>true</return>"

    def register_image(self, q):
        tags, n = {}, 1
        while f"TagSpecification.1.Tag.{n}.Key" in q:
            tags[q[f"TagSpecification.1.Tag.{n}.Key"]] = q.get(f"TagSpecification.1.Tag.{n}.Value", "")
            n += 1
        snapshot = q.get("BlockDeviceMapping.1.Ebs.SnapshotId", "")
        image = "ami-" + secrets.token_hex(8) + "0"
        self.authorise("ec2:RegisterImage", self.arn("image", image), more=self.request_tags(tags))
        if tags:
            self.authorise("ec2:CreateTags", self.arn("image", image),
                           more={**self.request_tags(tags), "ec2:CreateAction": "RegisterImage"})
        self.check_registration(q, tags, snapshot)
        self.authorise("ec2:RegisterImage", self.arn("snapshot", snapshot),
                       more=self.resource_tags(self.snapshots[snapshot]["tags"]))
        if self.faults.get("RegisterImage") == "refused":
            raise Refused("InvalidRequest", "fault")
        if self.faults.get("RegisterImage") == "request lost":
            raise Refused("InternalError", "fault")
        self.images[image] = {"tags": tags, "snapshot": snapshot, "name": q["Name"], "query": q, "lag": self.lag}
        if self.faults.get("RegisterImage") == "answer lost":
            raise Refused("InternalError", "fault", 400)
        return f"<imageId>{image}</imageId>"

    def check_registration(self, q, tags, snapshot):
        if not re.fullmatch(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}", q.get("Name", "")):
            raise Refused("InvalidAMIName.Malformed", "AMI name")
        if any(i["name"] == q["Name"] for i in self.images.values()):
            raise Refused("InvalidAMIName.Duplicate", "AMI name in use")
        if q.get("TpmSupport") and (q["TpmSupport"] != "v2.0" or q.get("BootMode") != "uefi"):
            raise Refused("InvalidParameterCombination", "TpmSupport v2.0 needs boot mode uefi")
        if q.get("RootDeviceName") != q.get("BlockDeviceMapping.1.DeviceName"):
            raise Refused("InvalidBlockDeviceMapping", "no mapping for the root device")
        if snapshot not in self.snapshots:
            raise Refused("InvalidSnapshot.NotFound", f"The snapshot '{snapshot}' does not exist.")
        if self.snapshots[snapshot]["state"] != "completed":
            raise Refused("IncorrectState", "the snapshot is pending")
        if len(q.get("UefiData", "")) > 64000 or len(q.get("Description", "")) > 255:
            raise Refused("InvalidParameterValue", "too long")
        if q.get("UefiData"):
            base64.b64decode(q["UefiData"], validate=True)
        if len(tags) > 50 or any(k.startswith("aws:") or not 0 < len(k) < 129 or len(v) > 256
                                 for k, v in tags.items()):
            raise Refused("InvalidParameterValue", "tags")

    EC2 = {"DescribeSnapshots": describe_snapshots, "DeleteSnapshot": delete_snapshot,
           "DescribeImages": describe_images, "RegisterImage": register_image, "DeregisterImage": deregister_image}

    # ---- S3
    def bucket_context(self, bucket):
        return {"aws:ResourceAccount": self.owners.get(bucket, ACCOUNT)}

    def list_objects(self, bucket, prefix):
        self.authorise("s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket}",
                       more={**self.bucket_context(bucket), "s3:prefix": prefix})
        keys = sorted(k for b, k in self.objects if b == bucket and k.startswith(prefix))
        return "".join(f"<Contents><Key>{escape(k)}</Key><Size>{len(self.objects[bucket, k])}</Size>"
                       "<LastModified>2025-01-01T00:00:00.000Z</LastModified>"
                       "<ETag>&quot;e&quot;</ETag></Contents>" for k in keys)

    def get_object(self, bucket, key):
        self.authorise("s3:GetObject", f"arn:{PARTITION}:s3:::{bucket}/{key}",
                       more=self.bucket_context(bucket))
        if (bucket, key) not in self.objects:
            raise Refused("NoSuchKey", "The specified key does not exist.", 404)
        return self.objects[bucket, key]

    def put_object(self, bucket, key, data):
        self.authorise("s3:PutObject", f"arn:{PARTITION}:s3:::{bucket}/{key}")
        if key.startswith(self.faults.get("PutObject", "nothing")):
            raise Refused("SlowDown", "fault", 400)
        self.objects[bucket, key] = data

    # ---- Secrets Manager
    def get_secret(self, body):
        self.authorise("secretsmanager:GetSecretValue", body["SecretId"])
        if body["SecretId"] not in self.secrets:
            raise Refused("ResourceNotFoundException", "no such secret")
        return {"ARN": body["SecretId"], "Name": "x", "SecretString": self.secrets[body["SecretId"]]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud = None

    def reply(self, status, body=b"", **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass                                  # who asked was killed

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        signed = re.search(r"/([a-z0-9-]+)/aws4_request", self.headers.get("Authorization") or "")
        service = signed.group(1) if signed else ""
        data = self.body()
        with self.cloud.lock:
            call = f"{self.command} {service} {url.path}"
            if service == "ec2":
                call = dict(urllib.parse.parse_qsl(data.decode()))["Action"]
            self.cloud.calls.append(call)
            self.cloud.before(call)
            try:
                if not signed:
                    raise Refused("AccessDenied", "not signed", 403)
                getattr(self, "serve_" + service)(url, data)
            except Refused as r:
                self.refuse(service, r)
            self.cloud.after(call)

    def refuse(self, service, r):
        if service == "ec2":
            text = (f"<Response><Errors><Error><Code>{r.code}</Code><Message>{escape(r.text)}"
                    "</Message></Error></Errors><RequestID>r</RequestID></Response>")
        elif service == "s3":
            text = f"<Error><Code>{r.code}</Code><Message>{escape(r.text)}</Message></Error>"
        else:
            return self.reply(r.status, json.dumps({"__type": r.code, "message": r.text}),
                              x_amzn_ErrorType=r.code)
        return self.reply(r.status, text)

    def serve_ec2(self, url, data):
        q = dict(urllib.parse.parse_qsl(data.decode(), keep_blank_values=True))
        name = q["Action"]
        if name not in self.cloud.EC2:
            raise Refused("InvalidAction", name)
        inner = self.cloud.EC2[name](self.cloud, q)
        self.reply(200, f'<{name}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
                        f"<requestId>r</requestId>{inner}</{name}Response>")

    def serve_ebs(self, url, data):
        parts = url.path.strip("/").split("/")
        if parts == ["snapshots"]:
            return self.reply(201, json.dumps(self.cloud.start_snapshot(json.loads(data))))
        if parts[1] == "completion":
            return self.reply(202, json.dumps(self.cloud.complete_snapshot(parts[2], self.headers)))
        digest = self.cloud.put_block(parts[1], int(parts[3]), data, self.headers)
        return self.reply(201, "{}", x_amz_Checksum=digest, x_amz_Checksum_Algorithm="SHA256")

    def serve_s3(self, url, data):
        bucket, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        if self.command == "PUT":
            self.cloud.put_object(bucket, key, data)
            return self.reply(200, ETag='"e"')
        if not key:
            items = self.cloud.list_objects(bucket, query.get("prefix", ""))
            return self.reply(200, f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false"
                                   f"</IsTruncated>{items}</ListBucketResult>")
        found = self.cloud.get_object(bucket, key)
        return self.reply(200, found, ETag='"e"', Last_Modified="Wed, 01 Jan 2025 00:00:00 GMT",
                          Content_Type="binary/octet-stream")

    def serve_secretsmanager(self, url, data):
        self.reply(200, json.dumps(self.cloud.get_secret(json.loads(data))))

    do_GET = do_PUT = do_POST = do_HEAD = serve

    def log_message(self, *args):
        pass


class Metadata(http.server.BaseHTTPRequestHandler):
    """IMDSv2 with HttpTokens=required: no token, no answer."""
    protocol_version = "HTTP/1.1"
    cloud = None
    tokens = set()

    def reply(self, status, text="", ttl=None):
        self.send_response(status)
        if ttl:
            self.send_header("X-aws-ec2-metadata-token-ttl-seconds", ttl)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        ttl = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token" or not ttl.isdigit() or not 0 < int(ttl) <= 21600:
            return self.reply(400)
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return self.reply(200, token, ttl)

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") not in self.tokens:
            return self.reply(401)
        credentials = {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2025-01-01T00:00:00Z",
                       "AccessKeyId": "ASIATEST", "SecretAccessKey": "secret",
                       "Token": "token", "Expiration": "2099-01-01T00:00:00Z"}
        pages = {"instance-id": self.cloud.instance, "placement/region": REGION,
                 "placement/availability-zone": REGION + "a",
                 "iam/security-credentials/": "role",
                 "iam/security-credentials/role": json.dumps(credentials)}
        text = pages.get(self.path.removeprefix("/latest/meta-data/"))
        return self.reply(404) if text is None else self.reply(200, text)

    def log_message(self, *args):
        pass


def serve(cloud, address, port, handler):
    """A server of its own, since requests of one must find the state of that one."""
    kind = type(handler.__name__, (handler,), {"cloud": cloud})
    server = http.server.ThreadingHTTPServer((address, port), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
