# shellcheck shell=bash
# IAM's own simulator on the roles of the base, as deployed: each call of a build must be allowed,
# each attack denied. It costs nothing and makes nothing. Sourced by run.sh.

simulate() {
  BUILDER=$(role_arn InstanceRole) && SERVICE=$(role_arn ImageBuilderExecutionRole) || because 'no roles' || return
  names >"$DIR/names.json" || because 'the base lacks something' || return
  "$HERE/requests.py" plain <"$DIR/names.json" >"$DIR/requests" || because 'no requests' || return
  : >"$DIR/decisions"
  while IFS=$'\t' read -r action resource role word keys what; do
    decide "$action" "$resource" "$role" "$word" "$keys" "$what" </dev/null || return
  done <"$DIR/requests"
  claim simulator-allows all_decided allowed
  claim simulator-denies all_decided denied
  [ -z "$REASON" ]
}

# A line of decisions: what was wanted, what was decided, what it is about.
decide() {
  local said asks=$SERVICE
  [ "$3" != InstanceRole ] || asks=$BUILDER
  printf '%s\n' "$5" >"$DIR/keys.json"
  said=$(aws iam simulate-principal-policy --policy-source-arn "$asks" --action-names "$1" \
    --resource-arns "$2" --context-entries "file://$DIR/keys.json" \
    --query 'EvaluationResults[0].EvalDecision' --output text 2>"$DIR/said") \
    || because "$1 on $2: $(cat "$DIR/said")" || return
  case $said in allowed) ;; *) said=denied ;; esac
  printf '%s\t%s\t%s: %s on %s (%s)\n' "$4" "$said" "$3" "$1" "$2" "$6" >>"$DIR/decisions"
}

# all_decided WORD: what was to be decided so was.
all_decided() {
  local other
  other=$(awk -F '\t' -v word="$1" '$1 == word && $2 != word { print $3 }' "$DIR/decisions" | head -n 5)
  [ -z "$other" ] || because "not $1: $other"
}

# What calls.py calls by made-up names.
names() {
  local component subnet
  component=$(resources "$BASE" AWS::ImageBuilder::Component | head -n 1)
  subnet=$(jq -r '.subnetId // empty' "$DIR/infrastructure.json")
  jq -n --arg account "$ACCOUNT" --arg region "$AWS_REGION" --arg stack "$BASE" --arg bucket "$BUCKET" --arg role "$BUILDER" \
    --arg component "$(cut -d : -f 6- <<<"$component")" --arg subnet "$subnet" --arg arn "arn:$(partition):" '{
      "arn:aws:": $arn, "111122223333": $account, "eu-central-1": $region, "base-stack": $stack, "base-stack-bucket": $bucket, "subnet-0123456789abcdef0": $subnet,
      "arn:aws:iam::111122223333:role/ib-attestable-ami/base-stack-InstanceRole": $role,
      "component/made-kiwingcomponent/1.0.0/1": $component}'
}

# role_arn LOGICAL
role_arn() {
  local name
  name=$(aws cloudformation describe-stack-resource --stack-name "$BASE" --logical-resource-id "$1" \
    --query StackResourceDetail.PhysicalResourceId --output text) || return
  aws iam get-role --role-name "$name" --query Role.Arn --output text
}
