# shellcheck shell=bash
# Stricter policies that nobody has seen work: put beside the role's own, tried by a build, taken
# away. candidates/README.md says what such a file holds. Sourced by run.sh.

# candidate_names LIST: all, or names by comma; the first that is unknown is printed with status 1.
candidate_names() {
  local name names=${1//,/ }
  if [ "$names" = all ]; then
    names=$(cd "$HERE/candidates" && ls -- *.json)
    names=${names//.json/}
  fi
  for name in $names; do
    [ -f "$HERE/candidates/$name.json" ] || { echo "$name" && return 1; }
  done
  echo "$names" | xargs
}

# Pass: it was tried. Whether it held is in the table; it is a question, not a promise.
try_candidate() {
  local file=$HERE/candidates/$1.json id good=''
  id=$(jq -r .Claim "$file")
  put_candidate "$1" "$file" || return
  case $(jq -r .Build "$file") in
    fails) leaves_nothing "candidate-$1" && good="its failed build left nothing" ;;
    *) build "candidate-$1" && good="its build succeeded" ;;
  esac
  if [ -n "$good" ]; then saw "$id" held; else saw "$id" not "$REASON"; fi
  REASON=${good:-$REASON}
  remove_candidates
}

# What the blueprint itself does after a failure.
failing_build() {
  claim failure-leaves-nothing leaves_nothing failing || return
  claim failure-says holds "it said: $WHY" test "${WHY#*RegisterImage}" != "$WHY"
}

# leaves_nothing WORD: a build that may not register its image fails, in WHY, and afterwards the
# base has the snapshots of its images and no more than before.
leaves_nothing() {
  local role policy=amic-candidate-no-image status=0 before left
  before=$(snapshots_without_image none) || because 'snapshots could not be listed' || return
  role=$(resources "$BASE" AWS::IAM::InstanceProfile | head -n 1)
  role=$(aws iam get-instance-profile --instance-profile-name "$role" --query 'InstanceProfile.Roles[0].RoleName' --output text)
  echo '[{"Sid": "NoImage", "Effect": "Deny", "Action": "ec2:RegisterImage", "Resource": "*"}]' >"$DIR/statements.json"
  put_on_role "$role" "$policy" || return
  build "$1" || status=1
  aws iam delete-role-policy --role-name "$role" --policy-name "$policy"
  [ "$status" = 1 ] || because 'it made an image without being allowed to' || return
  WHY=$REASON REASON=''
  left=$(snapshots_without_image "$before") || because 'snapshots could not be listed' || return
  [ -z "$left" ] || because "left behind: $left" $'\n'"the build said: $WHY"
}

# snapshots_without_image KNOWN: others than these, with blanks between.
snapshots_without_image() {
  local used all
  used=$(base_images 'Images[].BlockDeviceMappings[].[Ebs.SnapshotId]') || return
  all=$(aws ec2 describe-snapshots --owner-ids self --filters "Name=tag:amic:base,Values=$BASE" \
    --query 'Snapshots[].[SnapshotId]' --output text) || return
  printf '%s\n' "$all" | { grep -vxF -e "${used:-none}" -e "$(tr ' ' '\n' <<<"${1:-none}")" || true; } | xargs
}

put_candidate() {
  local at
  statements "$2" >"$DIR/statements.json" || because "candidate $1" || return
  at=$(physical "$(jq -r .Attach "$2")") || because "candidate $1: nothing is called so" || return
  case $(logical_type "$(jq -r .Attach "$2")") in
    AWS::IAM::Role) put_on_role "$at" "amic-candidate-$1" ;;
    AWS::S3::Bucket) put_on_bucket "$at" ;;
    *) because "candidate $1: neither a role nor a bucket" ;;
  esac
}

put_on_role() {
  note role-policy "$1/$2"
  jq '{Version: "2012-10-17", Statement: .}' "$DIR/statements.json" >"$DIR/policy.json"
  aws iam put-role-policy --role-name "$1" --policy-name "$2" --policy-document "file://$DIR/policy.json" \
    2>"$DIR/said" || because "$(cat "$DIR/said")"
}

# The bucket's own policy is kept, to be put back.
put_on_bucket() {
  aws s3api get-bucket-policy --bucket "$1" --query Policy --output text >"$DIR/bucket-policy.json" \
    2>"$DIR/said" || because "$(cat "$DIR/said")" || return
  note bucket-policy "$1"
  jq --slurpfile more "$DIR/statements.json" '.Statement += $more[0]' "$DIR/bucket-policy.json" >"$DIR/policy.json"
  aws s3api put-bucket-policy --bucket "$1" --policy "file://$DIR/policy.json" 2>"$DIR/said" \
    || because "$(cat "$DIR/said")"
}

remove_candidates() {
  local at
  for at in $(noted role-policy); do
    aws iam delete-role-policy --role-name "${at%%/*}" --policy-name "${at#*/}" || :
  done
  for at in $(noted bucket-policy); do
    aws s3api put-bucket-policy --bucket "$at" --policy "file://$DIR/bucket-policy.json" || :
  done
}

# The file's statements with ${…} filled in; what is no pseudo parameter is a resource of the base.
statements() {
  aws cloudformation describe-stack-resources --stack-name "$BASE" --output json >"$DIR/resources.json" || return
  jq --slurpfile base "$DIR/resources.json" --arg account "$ACCOUNT" --arg region "$AWS_REGION" --arg stack "$BASE" \
    --arg partition "$(partition)" '
    ([$base[0].StackResources[] | {(.LogicalResourceId): .PhysicalResourceId}] | add
      + {"AWS::AccountId": $account, "AWS::Region": $region, "AWS::StackName": $stack, "AWS::Partition": $partition}) as $known
    | .Statement | walk(if type == "string"
      then gsub("\\$\\{(?<name>[A-Za-z0-9:]+)\\}"; $known[.name] // error("nothing is called " + .name)) else . end)' "$1"
}

partition() {
  case $AWS_REGION in
    cn-*) echo aws-cn ;;
    us-gov-*) echo aws-us-gov ;;
    eusc-*) echo aws-eusc ;;
    *) echo aws ;;
  esac
}

# Both read what `statements` has left.
physical() {
  jq -er --arg id "$1" '.StackResources[] | select(.LogicalResourceId == $id).PhysicalResourceId' "$DIR/resources.json"
}

logical_type() {
  jq -r --arg id "$1" '.StackResources[] | select(.LogicalResourceId == $id).ResourceType' "$DIR/resources.json"
}
