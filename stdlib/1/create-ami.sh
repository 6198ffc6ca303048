#!/bin/bash
# Uploads RAW as a snapshot, registers it and prints the AMI's id, and nothing else: Systems Manager
# puts stderr behind stdout, and Image Builder takes the whole for the id. All else goes to LOG, and
# from there below LOG_PREFIX. Whatever ends this before the id is out, neither AMI nor snapshot
# stays, or stderr names it.
set -euo pipefail
export HOME=/root PATH=/usr/local/bin:/usr/sbin:$PATH AWS_PAGER='' LC_ALL=C.UTF-8
work=$(mktemp -d)
exec 3>&1 4>&2 >"$LOG" 2>&1
child='' timer='' doing=Start reason='' uploading='' snapshot='' registering='' image='' handed=''
instance='' log=$LOG_PREFIX/CreateOutputAmi.log left=()
fail() {
  reason=$*
  echo "$reason"
  exit 1
}
begin() {
  doing=$1
  echo "== $doing"
}
# A signal ends `wait` at once; a program in the foreground it would have to wait for.
run() {
  "$@" &
  child=$!
  wait "$child"
}
stop() {
  kill "$child" || true
  fail "stopped: $1"
}
trap 'stop "a signal"' TERM INT
trap 'stop "after $DEADLINE s; see build.timeout"' USR1

own_snapshot() {
  aws ec2 describe-snapshots --owner-ids self --query 'Snapshots[0].SnapshotId' --output text \
    --filters "Name=tag:amic:build,Values=$instance" "Name=tag:Name,Values=$name"
}
# The image of this build's snapshot, in the file found. DescribeImages lags behind, so it is asked
# for a minute.
find_image() {
  for _ in {1..12}; do
    run aws ec2 describe-images --owners self --filters "Name=tag:amic:build,Values=$instance" \
      --query "Images[?BlockDeviceMappings[?Ebs.SnapshotId=='$snapshot']].ImageId" \
      --output text >"$work/found" || true
    if grep -qx 'ami-[0-9a-f]*' "$work/found"; then return 0; fi
    run sleep 5
  done
  return 1
}
may_appear() { left+=("an AMI with amic:build=$instance may still appear: deregister it"); }
discard() {
  if [ -n "$registering" ]; then
    if find_image; then image=$(<"$work/found"); else may_appear; fi
  fi
  if [ -n "$image" ]; then
    aws ec2 deregister-image --image-id "$image" || left+=("AMI $image is left behind")
  fi
  for _ in {1..6}; do
    if [[ -n $uploading && $snapshot != snap-* ]]; then snapshot=$(own_snapshot); fi
    if [[ $snapshot == snap-* ]]; then
      aws ec2 delete-snapshot --snapshot-id "$snapshot" && return
    elif [ -z "$uploading" ]; then
      return
    fi
    sleep 5
  done
  # Asked for half a minute, EC2 knows of no snapshot (None), or does not answer.
  if [ "$snapshot" = None ]; then return; fi
  left+=("snapshot ${snapshot:-(if any)} is left behind (amic:build=$instance)")
}
upload_log() { run timeout --foreground 60 aws s3 cp --only-show-errors "$LOG" "$log"; }
# The reason comes first: Image Builder shows some 500 characters of it, the agent 2,500. coldsnap
# tells of each block in one line, so it is the beginning of the last line that counts.
finish() {
  local last
  trap '' TERM INT USR1 PIPE
  set +e
  kill "$timer"
  if [ -n "$handed" ]; then exit 0; fi
  reason="create-ami: $doing: ${reason:-$(grep . "$LOG" | tail -n 1)}"
  last=$(cut -c 1-200 "$LOG" | tail -c 1000 | tr -cd '\12\40-\176')
  printf '%.299s\n' "${reason//[^ -~]/}" >&4
  discard
  printf '%s\n' "${left[@]}"
  upload_log || log="$LOG on ${instance:-this instance}: it could not be uploaded"
  printf '%.1680s\n' "$(printf '%s\n' "${left[@]}" "log: $log" "$last")" >&4
  exit 1
}
trap finish EXIT
# The agent ends a command that takes too long with SIGKILL, which leaves everything as it is.
(
  trap 'kill "$!"; exit' TERM
  sleep "$DEADLINE" &
  wait "$!"
  kill -USR1 $$
) >/dev/null 2>&1 3>&- 4>&- &
timer=$!

begin ReadInstanceMetadata
imds=http://169.254.169.254/latest
token=$(curl -sSf -m 5 --retry 5 --retry-connrefused -X PUT \
  -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/api/token")
metadata() { curl -sSf -m 5 --retry 5 -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"; }
instance=$(metadata instance-id)
AWS_REGION=$(metadata placement/region)
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
log=$LOG_PREFIX/CreateOutputAmi-$instance.log
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x86_64 ;; esac

begin CheckImage
# arn:...:image/NAME/1.0.3/2 gives 1.0.3-2. The instance makes the name unique: it builds one image.
build=${IMAGE_ARN#*:image/*/}
name=$PREFIX-$arch-${build//\//-}-${instance#i-}
reference=${REFERENCE_PREFIX%/}/$name.json
if [ "${#name}" -gt 128 ]; then fail "an AMI's name has at most 128 characters: $name"; fi
if [ "${#UEFI_DATA}" -gt 64000 ]; then fail "uefiData has at most 64,000 characters"; fi
jq -e '.Measurements.PCR4 | test("^[0-9a-f]{96}$")' "$REFERENCE" >/dev/null \
  || fail "the image was not measured: no values in $REFERENCE"
jq -e 'type == "array"' "$TAGS" >/dev/null || fail "no list of tags in $TAGS"
echo "$(jq -er .Image.SHA256 "$REFERENCE")  $RAW" >"$work/sum"
run sha256sum --check --quiet "$work/sum" || fail "$RAW is not the image that was measured"
# Only here are the variables of Secure Boot at hand, so here the second tool measures with them.
if [ -n "$AMIC" ] && [ "$UEFI_DATA" != none ]; then
  echo "$UEFI_DATA" >"$work/uefi-data"
  run amic pcr "$RAW" --uefi-data "$work/uefi-data" --pcr "${PCRS// /,}" >"$work/amic.json"
  jq -e --slurpfile amic "$work/amic.json" --arg pcrs "$PCRS" '.Measurements as $here
    | all($pcrs | splits(" ") | "PCR" + .; $here[.] == $amic[0].Measurements[.])' \
    "$REFERENCE" >/dev/null || fail "amic measured something else: $(cat "$work/amic.json")"
fi

# A build that was killed leaves its snapshot. What is older than 12 hours, the longest that a
# build may take, and has no image is of such a build; EC2 itself keeps what an image needs.
begin RemoveLeftovers
old=$(date -u -d '12 hours ago' +%FT%T)
if run aws ec2 describe-snapshots --owner-ids self --filters "Name=tag:amic:base,Values=$BASE" \
  --query "Snapshots[?StartTime<'$old'].[SnapshotId, StartTime, Tags[?Key=='amic:build'].Value | [0]]" \
  --output text >"$work/old" \
  && run aws ec2 describe-images --owners self --filters "Name=tag:amic:base,Values=$BASE" \
    --query 'Images[].BlockDeviceMappings[].Ebs.SnapshotId' --output text >"$work/used"; then
  tr -s '[:space:]' '\n' <"$work/used" >"$work/found"
  while read -r found since by; do
    echo "$found of $since, build $by, has no image: removed, unless an error follows"
    run aws ec2 delete-snapshot --snapshot-id "$found" || true
  done < <(grep -vwFf "$work/found" "$work/old")
fi

begin UploadSnapshot
uploading=yes
encrypt=()
if [ "$KMS_KEY" != none ]; then encrypt=(--kms-key-id "$KMS_KEY"); fi
run coldsnap upload --no-progress --description "$name" "${encrypt[@]}" \
  --tag 'Key=CreatedBy,Value=EC2 Image Builder' --tag "Key=amic:base,Value=$BASE" \
  --tag "Key=amic:build,Value=$instance" --tag "Key=Name,Value=$name" "$RAW" >"$work/snapshot"
if ! grep -qxE 'snap-[0-9a-f]+' "$work/snapshot"; then fail "no snapshot: $(<"$work/snapshot")"; fi
snapshot=$(<"$work/snapshot")

# coldsnap's own --wait gives up after three minutes, which a large image takes in good health.
begin WaitForSnapshot
failures=0
until [ "$snapshot" = "${state-}" ]; do
  run sleep 10
  if run aws ec2 describe-snapshots --snapshot-ids "$snapshot" --output text --query \
    "Snapshots[].[State=='completed' && SnapshotId || State, StateMessage]" >"$work/state"; then
    failures=0
  elif [ $((++failures)) -eq 10 ]; then
    exit 1
  fi
  read -r state message <"$work/state" || true
  if [ "$state" = error ]; then fail "$snapshot: $message"; fi
done

begin WriteReference
run aws s3 cp --only-show-errors "$REFERENCE" "$reference"

begin RegisterImage
text=$(echo "$DESCRIPTION" | base64 -d)
# Image Builder writes the names in its ARNs in lower case and with hyphens.
arn=${IMAGE_ARN,,}
arn=${arn//_/-}
jq -n --arg name "$name" --arg arch "$arch" --arg snapshot "$snapshot" --arg uefi "$UEFI_DATA" \
  --arg text "${text:-Attestable Amazon Linux 2023 image}" --arg arn "$arn" --arg base "$BASE" \
  --arg build "$instance" --arg reference "$reference" --slurpfile tags "$TAGS" '{
    Name: $name, Description: $text, Architecture: $arch, VirtualizationType: "hvm",
    BootMode: "uefi", TpmSupport: "v2.0", ImdsSupport: "v2.0", EnaSupport: true,
    RootDeviceName: "/dev/xvda", BlockDeviceMappings: [{DeviceName: "/dev/xvda",
      Ebs: {SnapshotId: $snapshot, VolumeType: "gp3", DeleteOnTermination: true}}],
    TagSpecifications: [{ResourceType: "image", Tags: ($tags[0] + ({Name: $name,
      CreatedBy: "EC2 Image Builder", Ec2ImageBuilderArn: $arn, "amic:base": $base,
      "amic:build": $build, "amic:reference": $reference}
      | to_entries | map({Key: .key, Value: .value})))}]
  } + if $uefi == "none" then {} else {UefiData: $uefi} end' >"$work/request.json"
registering=yes
run aws ec2 register-image --cli-input-json "file://$work/request.json" --query ImageId \
  --output text >"$work/found" 2>"$work/error" || answer=$?
cat "$work/error"
if [ -n "${answer-}" ]; then
  # EC2 says no: then there is no image. All else may be an answer that was lost, and so may a name
  # in use, because the command line tries again by itself.
  if grep 'An error occurred (' "$work/error" \
    | grep -qvE '\((Internal(Error|Failure)|(Service)?Unavailable|InvalidAMIName.Duplicate)\)'; then
    registering=''
    exit 1
  fi
  if ! find_image; then
    registering=''
    may_appear
    fail "no image after a minute; $(grep . "$work/error" | tail -n 1)"
  fi
fi
image=$(<"$work/found")
if [[ ! $image =~ ^ami-[0-9a-f]+$ ]]; then fail "not an image: $image"; fi
registering=''

begin HandOut
echo "$image"
upload_log || true
trap '' TERM INT USR1 PIPE
printf %s "$image" >&3
handed=yes
