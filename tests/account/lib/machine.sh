# shellcheck shell=bash
# An instance of the image, and the disk image read back from its snapshot. Sourced by run.sh.

INSTANCE=''
start_image() {
  local arch subnet groups
  arch=$(jq -r .Architecture "$DIR/image.json")
  case $arch in arm64) arch=t4g.small ;; *) arch=t3.small ;; esac
  subnet=$(jq -r '.subnetId // empty' "$DIR/infrastructure.json")
  groups=$(jq -r '.securityGroupIds // [] | join(" ")' "$DIR/infrastructure.json")
  # shellcheck disable=SC2086  # several groups
  INSTANCE=$(aws ec2 run-instances --image-id "$IMAGE" --instance-type "${INSTANCE_TYPE:-$arch}" \
    ${subnet:+--subnet-id $subnet} ${groups:+--security-group-ids $groups} \
    --client-token "$RUN-machine" --instance-initiated-shutdown-behavior terminate \
    --metadata-options HttpTokens=required \
    --tag-specifications "ResourceType=instance,Tags=[{Key=amic:account-run,Value=$RUN}]" \
    --query 'Instances[0].InstanceId' --output text 2>"$DIR/said") || because "$(cat "$DIR/said")" || return
  note instance "$INSTANCE"
  claim boots await 900 passes_checks "$INSTANCE"
}

passes_checks() {
  local state
  state=$(aws ec2 describe-instance-status --include-all-instances --instance-ids "$1" --output text \
    --query 'InstanceStatuses[0].[InstanceState.Name,SystemStatus.Status,InstanceStatus.Status]')
  echo "$(date -u +%T) $1: $state"
  case $state in
    running*ok*ok) return 0 ;;
    *terminated* | *shutting-down* | *stopped* | *impaired*) because "$1: $state; console: $(console "$1")" || return 2 ;;
  esac
  return 1
}

console() {
  aws ec2 get-console-output --instance-id "$1" --query Output --output text | tail -n 5
}

has_tpm() {
  claim tpm holds 'no endorsement key' aws ec2 get-instance-tpm-ek-pub --instance-id "$INSTANCE" \
    --key-type rsa-2048 --key-format der --query KeyValue --output text
}

# The one thing that only a program on the machine can say.
machine_pcrs() {
  [ -n "$MACHINE" ] || skipped 'no --machine' || return
  [ -n "$INSTANCE" ] && [ -f "$DIR/disk.raw" ] || because 'no instance, or no disk image to compare with' || return
  "$MACHINE" "$INSTANCE" >"$DIR/machine.txt" || because "$MACHINE failed" || return
  claim machine-pcrs agrees "$DIR/machine.txt"
}

snapshot_pcrs() {
  coldsnap download --no-progress "$SNAPSHOT" "$DIR/disk.raw" >"$DIR/said" 2>&1 || because "coldsnap: $(head -c 300 "$DIR/said")" || return
  claim snapshot-pcrs agrees "$DIR/measured.json"
}

# agrees FILE: with what amic computes of the disk image, for the PCRs of the tags.
agrees() {
  local data
  [ -n "$PCRS" ] || because 'no PCR in the tags' || return
  data=$(aws ec2 get-instance-uefi-data --instance-id "$INSTANCE" --query UefiData --output text 2>/dev/null)
  if uses_secure_boot "$data"; then
    printf %s "$data" >"$DIR/uefi-data"
    set -- "$1" --uefi-data "$DIR/uefi-data"
  fi
  "$AMIC" pcr "$DIR/disk.raw" --pcr "$PCRS" "${@:2}" --compare "$1" >"$DIR/said" 2>&1 \
    || because "$(cat "$DIR/said")"
}

# An instance has variables even when its image was registered without: those have no keys.
uses_secure_boot() {
  [ -n "$1" ] && [ "$1" != None ] && grep -q '^attest:.*secure-boot\|boot: *secure-boot' "$SPEC"
}

# CloudTrail has what the two roles were refused; its events come up to 15 minutes late.
nothing_denied() {
  local role denied
  for role in $(resources "$BASE" AWS::IAM::Role); do
    aws cloudtrail lookup-events --start-time "$BEGAN" --max-items 3000 --query 'Events[].CloudTrailEvent' --output json >"$DIR/trail-$role.json" \
      || skipped 'CloudTrail could not be read' || return
    denied=$(denied_calls "$role" "$DIR/trail-$role.json")
    claim nothing-denied holds "$role was refused: $denied" test -z "$denied" || return
  done
}

denied_calls() {
  jq -r --arg role "$1" '[.[] | fromjson | select((.errorCode // "" | test("Denied|Unauthorized"))
      and (.userIdentity.sessionContext.sessionIssuer.userName == $role))
    | "\(.eventName): \(.errorCode)"] | unique | join(", ")' "$2"
}
