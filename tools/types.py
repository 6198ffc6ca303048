#!/usr/bin/python3
"""Facts about resource types, taken from CloudFormation's provider schemas.

usage: tools/types.py FOLDER-OF-PROVIDER-SCHEMAS schemas/types

What stays is what decides whether a template is accepted and what an update does: names, types,
patterns, ranges, what is required, what forces a replacement, what Ref and GetAtt give. Texts,
links and formats go. Run it again when AWS changes a type, and read the diff.
"""
import json, os, re, sys

WORDS = ('type', 'enum', 'const', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength',
         'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'required')
# Types whose Ref is not their primary identifier: the user guide, "return values".
REF = {'AWS::Events::Rule': 'Name', 'AWS::IAM::Policy': 'PolicyName', 'AWS::S3::BucketPolicy': 'Bucket',
       'AWS::SQS::Queue': 'QueueUrl'}
# Properties that hold a document of its own: which schema it follows, and how it is written.
DOCUMENTS = {
    'AWS::ImageBuilder::Component': ('Data', 'component'),
    'AWS::ImageBuilder::Workflow': ('Data', 'workflow'),
    'AWS::SSM::Document': ('Content', 'ssm-document'),
}
# A second thing of that name in the account is refused.
UNIQUE = {'AWS::ImageBuilder::Component': ['Name', 'Version'], 'AWS::ImageBuilder::Workflow': ['Name', 'Version'],
          'AWS::ImageBuilder::ImageRecipe': ['Name', 'Version'], 'AWS::ImageBuilder::ImagePipeline': ['Name'],
          'AWS::ImageBuilder::InfrastructureConfiguration': ['Name'],
          'AWS::ImageBuilder::DistributionConfiguration': ['Name'],
          'AWS::ImageBuilder::LifecyclePolicy': ['Name'], 'AWS::Logs::LogGroup': ['LogGroupName'],
          'AWS::S3::Bucket': ['BucketName'], 'AWS::IAM::Role': ['RoleName'], 'AWS::KMS::Alias': ['AliasName'],
          'AWS::IAM::InstanceProfile': ['InstanceProfileName'], 'AWS::IAM::ManagedPolicy': ['ManagedPolicyName'],
          'AWS::SSM::Document': ['Name'], 'AWS::SSM::Parameter': ['Name'], 'AWS::SNS::Topic': ['TopicName'],
          'AWS::SQS::Queue': ['QueueName'], 'AWS::Events::Rule': ['Name'], 'AWS::Lambda::Function': ['FunctionName']}


def paths(schema, key):
    return sorted(p.replace('/properties/', '', 1).replace('/properties/', '.').replace('/', '.')
                  for p in schema.get(key, []))


def node(s):
    out = {k: s[k] for k in WORDS if k in s}
    if 'pattern' in out:                     # PCRE2 writes code points as \x{41}, not as \u0041
        out['pattern'] = re.sub(r'\\u([0-9A-Fa-f]{4})', r'\\x{\1}', out['pattern'])
    if '$ref' in s:
        out['$ref'] = s['$ref']
    for k in ('properties', 'patternProperties', 'definitions'):
        if s.get(k):
            out[k] = {name: node(v) for name, v in s[k].items()}
    for k in ('items', 'additionalProperties', 'not', 'if', 'then', 'else'):
        if isinstance(s.get(k), dict):
            out[k] = node(s[k])
        elif s.get(k) is False:
            out[k] = False
    for k in ('oneOf', 'anyOf', 'allOf'):
        parts = [p for p in map(node, s.get(k, [])) if p]
        if parts and len(parts) == len(s[k]):
            out[k] = parts
    if 'dependentRequired' in s:
        out['dependentRequired'] = s['dependentRequired']
    return out


def resolve(root, s):
    while '$ref' in s:
        s = root['definitions'][s['$ref'].rsplit('/', 1)[1]]
    return s


def attribute_types(schema, names):
    out = {}
    for name in names:
        s = schema
        for part in name.split('.'):
            s = resolve(schema, s).get('properties', {}).get(part, {})
        kind = resolve(schema, s).get('type', 'string')
        out[name] = kind if isinstance(kind, str) else kind[0]
    return out


def drop_unused(out):
    while True:
        text = json.dumps({k: v for k, v in out.items() if k != 'definitions'})
        used = out.get('definitions', {})
        keep = {n: d for n, d in used.items()
                if '"#/definitions/%s"' % n in text
                or any('"#/definitions/%s"' % n in json.dumps(o) for m, o in used.items() if m != n)}
        if len(keep) == len(used):
            return
        out['definitions'] = keep


def facts(schema):
    name = schema['typeName']
    read_only = paths(schema, 'readOnlyProperties')
    out = {'type-name': name, 'ref': REF.get(name, paths(schema, 'primaryIdentifier')[0])}
    out['attributes'] = attribute_types(schema, read_only)
    for key, word in (('createOnlyProperties', 'create-only'),
                      ('conditionalCreateOnlyProperties', 'may-replace')):
        if paths(schema, key):
            out[word] = paths(schema, key)
    if name in DOCUMENTS:
        out['document'] = dict(zip(('property', 'schema'), DOCUMENTS[name]))
    if name in UNIQUE:
        out['unique'] = UNIQUE[name]
    out['type'] = 'object'
    out.update(node(schema))
    writable = {k: v for k, v in out['properties'].items() if k not in read_only}
    out['properties'] = writable
    out['additionalProperties'] = False
    drop_unused(out)
    if not out.get('definitions'):
        out.pop('definitions', None)
    return out


def lines(out):
    """One line a property, so that a change of AWS reads as a change of lines."""
    def block(o):
        return '{\n' + ',\n'.join('  %s: %s' % (json.dumps(k), json.dumps(v)) for k, v in o.items()) + '\n }'
    body = [' %s: %s' % (json.dumps(k), block(v) if k in ('properties', 'definitions') and v else json.dumps(v))
            for k, v in out.items()]
    return '{\n' + ',\n'.join(body) + '\n}\n'


def main():
    source, target = sys.argv[1:]
    for file in sorted(os.listdir(source)):
        with open(os.path.join(source, file)) as f:
            out = facts(json.load(f))
        name = out['type-name'].replace('::', '-') + '.json'
        with open(os.path.join(target, name), 'w') as f:
            f.write(lines(out))


main()
