# shellcheck shell=bash
# A build, and what it leaves: image, tags, snapshot, reference file, logs. Sourced by run.sh.
# Of the last build: BUILD (its ARN), IMAGE, SNAPSHOT, image.json, tags.json, reference.json.

# build WORD: starts the pipeline and waits. The word makes the request's token.
build() {
  BUILD=$(aws imagebuilder start-image-pipeline-execution --image-pipeline-arn "$PIPELINE" \
    --client-token "$RUN-$1" --query imageBuildVersionArn --output text 2>"$DIR/said") \
    || because "$(cat "$DIR/said")" || return
  note build "$BUILD"
  await 10800 build_is "$BUILD" || return
  note image "$IMAGE"
}

# A build that ends with an image says much at once.
believed_build() {
  local id
  if ! build "$1"; then
    failed_build "$REASON"
    return 1
  fi
  for id in document-accepted output-is-id assert-passes builder-may executor-may; do
    saw "$id" held
  done
}

# 0: there is an image, in IMAGE. 1: not yet. 2: there will be none.
build_is() {
  local status reason
  read -r status IMAGE <<<"$(aws imagebuilder get-image --image-build-version-arn "$1" --output text \
    --query 'image.[state.status,outputResources.amis[0].image]')"
  echo "$(date -u +%T) $1: ${status:-no answer}"
  case $status in
    AVAILABLE) return 0 ;;
    FAILED | CANCELLED | DEPRECATED | DELETED | DISABLED) ;;
    *) return 1 ;;
  esac
  reason=$(aws imagebuilder get-image --image-build-version-arn "$1" --query image.state.reason --output text)
  because "$status: $reason"
  return 2
}

# What a failed build says of claims, and its logs, before they go.
failed_build() {
  case $1 in
    *'Invalid ImageId output'*) saw output-is-id not "$1" ;;
    *allowedPattern* | *'invalid repeat count'* | *'nvalid document'*) saw document-accepted not "$1" ;;
    *CheckParameters*) saw assert-passes not "$1" ;;
    *CreateOutputAmi*nauthorized* | *CreateOutputAmi*AccessDenied*) saw builder-may not "$1" ;;
    *'not authorized'* | *UnauthorizedOperation* | *AccessDenied*) saw executor-may not "$1" ;;
  esac
  read_logs
}

read_image() {
  aws ec2 describe-images --image-ids "$IMAGE" --query 'Images[0]' --output json >"$DIR/image.json" \
    || because "no image $IMAGE" || return
  SNAPSHOT=$(jq -r '.BlockDeviceMappings[0].Ebs.SnapshotId' "$DIR/image.json")
  note snapshot "$SNAPSHOT"
}

read_registration() {
  claim registered holds "it is $(jq -c 'del(.Tags)' "$DIR/image.json")" \
    jq -e '.State == "available" and .BootMode == "uefi" and .TpmSupport == "v2.0"
      and .ImdsSupport == "v2.0" and .VirtualizationType == "hvm" and .EnaSupport' "$DIR/image.json"
}

# The build instance's packages are not the image's.
no_packages() {
  local count
  count=$(aws imagebuilder list-image-packages --image-build-version-arn "$BUILD" \
    --query 'length(imagePackageList)' --output text) || because 'no list of packages' || return
  claim no-packages holds "$count packages are listed" test "$count" = 0
}

# Tags of the image as one object.
read_tags() {
  jq '(.Tags // []) | map({(.Key): .Value}) | add // {}' "$DIR/image.json" >"$DIR/tags.json"
  jq '{Measurements: ({HashAlgorithm: "SHA384"} + with_entries(select(.key | test("^PCR[0-9]+$"))))}' \
    "$DIR/tags.json" >"$DIR/measured.json"
  PCRS=$(jq -r '[.Measurements | keys[] | select(test("^PCR[0-9]+$"))[3:]] | join(",")' "$DIR/measured.json")
  claim pcr-tags holds 'no PCR in the tags' test -n "$PCRS"
  claim base-tag tag_is amic:base "$BASE"
  claim arn-tag tag_is Ec2ImageBuilderArn "$BUILD"
  claim name-prefix name_fits "$(jq -r .Name "$DIR/image.json")"
  [ -z "$REASON" ]
}

# A prefix that was given at deploy is the beginning; any other has no unresolved reference in it.
name_fits() {
  local prefix
  prefix=$(jq -r '.[] | select(.ParameterKey == "ResourceNamePrefix").ParameterValue' "$DIR/parameters.json")
  [[ $1 == "$prefix"* && $1 != *[{}\$]* ]] || because "it is called $1"
}

tag_is() {
  local value
  value=$(jq -r --arg key "$1" '.[$key] // ""' "$DIR/tags.json")
  [ "$value" = "$2" ] || because "tag $1 is '$value', not '$2'"
}

read_snapshot() {
  aws ec2 describe-snapshots --snapshot-ids "$SNAPSHOT" --query 'Snapshots[0]' --output json >"$DIR/snapshot.json" \
    || because "no snapshot $SNAPSHOT" || return
  # shellcheck disable=SC2016  # jq's own variables, here and below
  claim snapshot-tags holds "it is $(jq -c . "$DIR/snapshot.json")" jq -e --arg base "$BASE" \
    '.State == "completed" and any(.Tags[]; .Key == "amic:base" and .Value == $base)' "$DIR/snapshot.json" || return
  see_encryption
}

# Was the key of the account a customer's own? Then the roles were enough for that as well.
see_encryption() {
  local key
  key=$(jq -r '.KmsKeyId // ""' "$DIR/snapshot.json")
  [ -n "$key" ] || return 0
  key=$(aws kms describe-key --key-id "$key" --query KeyMetadata.KeyManager --output text) || return 0
  [ "$key" != CUSTOMER ] || saw customer-key held
}

# s3://BUCKET/KEY, from the image's own tag.
read_reference() {
  local uri
  uri=$(jq -r '.["amic:reference"] // ""' "$DIR/tags.json")
  [[ $uri == s3://*/* ]] || because "no tag amic:reference: '$uri'" || return
  uri=${uri#s3://}
  aws s3api get-object --bucket "${uri%%/*}" --key "${uri#*/}" "$DIR/reference.json" \
    || because "no $uri" || return
  # shellcheck disable=SC2016
  claim reference-file holds "it says $(jq -c .Measurements "$DIR/reference.json")" \
    jq -e --slurpfile tags "$DIR/measured.json" '.Measurements as $file
      | $tags[0].Measurements | to_entries | all(.value == $file[.key])' "$DIR/reference.json"
}

# Image Builder's and the document's logs in the bucket, and the group of the console's log.
read_logs() {
  local key count=0
  mkdir -p "$DIR/logs"
  aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "imagebuilder-" --max-items 100 --output json \
    | jq -r '.Contents[]?.Key' >"$DIR/logs/keys"
  while read -r key; do
    count=$((count + 1))
    aws s3api get-object --bucket "$BUCKET" --key "$key" "$DIR/logs/$count-$(basename "$key")" >/dev/null
  done <"$DIR/logs/keys"
  claim s3-logs holds "no logs in $BUCKET" test "$count" -gt 0
  claim script-log holds 'no file there is called after CreateOutputAmi' grep -qi CreateOutputAmi "$DIR/logs/keys"
  claim log-group log_group
  [ -z "$REASON" ]
}

log_group() {
  local group streams
  group=$(noted log-group | head -n 1)
  [ -n "$group" ] || because 'the pipeline has no log group' || return
  streams=$(aws logs describe-log-streams --log-group-name "$group" --query 'length(logStreams)' --output text)
  [ "${streams:-0}" -gt 0 ] || because "nothing was written to $group"
}

no_builder_left() {
  claim builder-ends await 1800 no_instance_of "$PROFILE"
}

no_instance_of() {
  local left
  left=$(instances "Name=iam-instance-profile.arn,Values=$1") || return 1
  [ -z "$left" ]
}

# instances FILTER: ids of those that are not terminated, one a line.
instances() {
  aws ec2 describe-instances --filters "$1" \
    Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped \
    --query 'Reservations[].Instances[].[InstanceId]' --output text
}
