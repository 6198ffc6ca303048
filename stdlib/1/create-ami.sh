#!/bin/bash
# Uploads RAW as a snapshot, registers it, and prints the AMI's id, alone and without a newline.
# That is all there is on stdout: the workflow takes it for the id. A failure leaves no snapshot.
set -euo pipefail
exec 3>&1 >&2
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH AWS_PAGER='' LC_ALL=C.UTF-8
fail() {
  echo "create-ami: $*"
  exit 1
}
trap 'exit 143' TERM
trap 'exit 130' INT

imds=http://169.254.169.254/latest
token=$(curl -sSf -m 5 --retry 5 --retry-connrefused -X PUT \
  -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token")
metadata() { curl -sSf -m 5 --retry 5 -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"; }
instance=$(metadata instance-id)
AWS_REGION=$(metadata placement/region)
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x86_64 ;; esac
work=$(mktemp -d)

jq -e '.Measurements.PCR4 | test("^[0-9a-f]{96}$")' "$REFERENCE" >/dev/null \
  || fail "the image was not measured: no values in $REFERENCE"
jq -e 'type == "array"' "$TAGS" >/dev/null || fail "no list of tags in $TAGS"
echo "$(jq -er .Image.SHA256 "$REFERENCE")  $RAW" | sha256sum --check --quiet \
  || fail "$RAW is not the image that was measured"
# Only here are the variables of Secure Boot at hand, so here the second tool measures with them.
if [ -n "$AMIC" ] && [ -n "$UEFI_DATA" ]; then
  echo "$UEFI_DATA" >"$work/uefi-data"
  amic pcr "$RAW" --uefi-data "$work/uefi-data" --pcr "${PCRS// /,}" >"$work/amic.json"
  jq -e --slurpfile amic "$work/amic.json" --arg pcrs "$PCRS" '.Measurements as $here
    | all($pcrs | splits(" ") | "PCR" + .; $here[.] == $amic[0].Measurements[.])' \
    "$REFERENCE" >/dev/null || fail "amic measured something else: $(cat "$work/amic.json")"
fi

# arn:...:image/NAME/1.0.3/2 gives 1.0.3-2. The instance makes the name unique: it builds one image.
build=${IMAGE_ARN#*:image/*/}
name=$PREFIX-$arch-${build//\//-}-${instance#i-}
reference=${REFERENCE_PREFIX%/}/$name.json
if [ "${#name}" -gt 128 ]; then fail "an AMI's name has at most 128 characters: $name"; fi

snapshot=''
registered=''
discard() {
  local status=$? found
  if [ -n "$registered" ]; then exit "$status"; fi
  found=$(aws ec2 describe-snapshots --owner-ids self --query 'Snapshots[].SnapshotId' \
    --output text --filters "Name=tag:amic:build,Values=$instance") || found=''
  for found in $(printf '%s\n' "$snapshot" "$found" | xargs -n 1 | sort -u); do
    aws ec2 delete-snapshot --snapshot-id "$found" || echo "create-ami: $found is left behind"
  done
  if [ "$status" -eq 0 ]; then status=1; fi
  exit "$status"
}
trap discard EXIT

encrypt=()
if [ -n "$KMS_KEY" ]; then encrypt=(--kms-key-id "$KMS_KEY"); fi
snapshot=$(coldsnap upload --no-progress --wait --description "$name" "${encrypt[@]}" \
  --tag 'Key=CreatedBy,Value=EC2 Image Builder' --tag "Key=amic:base,Value=$BASE" \
  --tag "Key=amic:build,Value=$instance" --tag "Key=Name,Value=$name" "$RAW")
if [[ ! $snapshot =~ ^snap-[0-9a-f]+$ ]]; then fail "no snapshot: '$snapshot'"; fi
aws s3 cp --only-show-errors "$REFERENCE" "$reference"

text=$(echo "$DESCRIPTION" | base64 -d)
# Image Builder writes the names in its ARNs in lower case and with hyphens.
arn=${IMAGE_ARN,,}
arn=${arn//_/-}
jq -n --arg name "$name" --arg arch "$arch" --arg snapshot "$snapshot" --arg uefi "$UEFI_DATA" \
  --arg text "${text:-Attestable Amazon Linux 2023 image}" --arg arn "$arn" --arg base "$BASE" --arg build "$instance" \
  --arg reference "$reference" --slurpfile tags "$TAGS" '{
    Name: $name, Description: $text, Architecture: $arch, VirtualizationType: "hvm",
    BootMode: "uefi", TpmSupport: "v2.0", ImdsSupport: "v2.0", EnaSupport: true,
    RootDeviceName: "/dev/xvda", BlockDeviceMappings: [{DeviceName: "/dev/xvda",
      Ebs: {SnapshotId: $snapshot, VolumeType: "gp3", DeleteOnTermination: true}}],
    TagSpecifications: [{ResourceType: "image", Tags: ($tags[0] + ({Name: $name,
      CreatedBy: "EC2 Image Builder", Ec2ImageBuilderArn: $arn, "amic:base": $base,
      "amic:build": $build, "amic:reference": $reference}
      | to_entries | map({Key: .key, Value: .value})))}]
  } + if $uefi == "" then {} else {UefiData: $uefi} end' >"$work/request.json"
if ! image=$(aws ec2 register-image --cli-input-json "file://$work/request.json" \
  --query ImageId --output text); then
  # The answer may have been lost, not the request: a snapshot is new, so its AMI is this one.
  image=$(aws ec2 describe-images --owners self --query 'Images[0].ImageId' --output text \
    --filters "Name=block-device-mapping.snapshot-id,Values=$snapshot")
fi
if [[ ! $image =~ ^ami-[0-9a-f]+$ ]]; then fail "not registered: '$image'"; fi
registered=yes
printf %s "$image" >&3
