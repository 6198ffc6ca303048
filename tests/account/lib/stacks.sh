# shellcheck shell=bash
# Templates and stacks: compiled, deployed, updated. Sourced by run.sh.

compile() {
  OUT=$DIR/out
  "$AMIC" build "$SPEC" -o "$OUT" || because "amic build: see $LOG" || return
  BASE_TEMPLATE=$OUT/base-template.yaml
  PIPE_TEMPLATE=$(find "$OUT" -name '*pipeline*-template.yaml' | sort | head -n 1)
  [ -f "$BASE_TEMPLATE" ] && [ -f "$PIPE_TEMPLATE" ] || because "no base or no pipeline in $OUT" || return
  echo "pipeline: $PIPE_TEMPLATE"
}

deploy_base() {
  parameters "$BASE_TEMPLATE" "ResourceNamePrefix=$RUN" || return
  claim base-deploys make_stack create "$BASE" "$BASE_TEMPLATE" || return
  note_resources "$BASE" || return
  BUCKET=$(resources "$BASE" AWS::S3::Bucket | head -n 1)
  PROFILE=$(resources "$BASE" AWS::IAM::InstanceProfile | head -n 1)
  PROFILE=$(aws iam get-instance-profile --instance-profile-name "$PROFILE" \
    --query InstanceProfile.Arn --output text) || because 'no instance profile' || return
  note profile "$PROFILE"
}

deploy_pipeline() {
  parameters "$PIPE_TEMPLATE" "ResourceNamePrefix=$RUN" "BaseStackName=$BASE" || return
  claim pipeline-deploys make_stack create "$PIPE" "$PIPE_TEMPLATE" || return
  note_resources "$PIPE" || return
  PIPELINE=$(resources "$PIPE" AWS::ImageBuilder::ImagePipeline | head -n 1)
  read_infrastructure
}

# What the build uses, the image is started with, too: subnet and security groups.
read_infrastructure() {
  local arn
  arn=$(aws imagebuilder get-image-pipeline --image-pipeline-arn "$PIPELINE" \
    --query imagePipeline.infrastructureConfigurationArn --output text) || because 'no pipeline' || return
  aws imagebuilder get-infrastructure-configuration --infrastructure-configuration-arn "$arn" \
    --query infrastructureConfiguration --output json >"$DIR/infrastructure.json" || because "no $arn"
}

# template_at FILE: how CloudFormation is told it, in BODY: a large one has to come from a bucket.
template_at() {
  local bucket=$RUN-templates-$ACCOUNT suffix=amazonaws.com
  BODY=(--template-body "file://$1")
  [ "$(wc -c <"$1")" -gt 51200 ] || return 0
  case $(partition) in aws-cn) suffix=amazonaws.com.cn ;; aws-eusc) suffix=amazonaws.eu ;; esac
  BODY=(--template-url "https://$bucket.s3.$AWS_REGION.$suffix/$(basename "$1")")
  if ! recorded bucket "$bucket"; then
    note bucket "$bucket" && make_bucket "$bucket" || because "$(cat "$DIR/said")" || return
  fi
  aws s3api put-object --bucket "$bucket" --key "$(basename "$1")" --body "$1" >/dev/null 2>"$DIR/said" \
    || because "$(cat "$DIR/said")"
}

make_bucket() {
  local where=(--create-bucket-configuration "LocationConstraint=$AWS_REGION")
  [ "$AWS_REGION" != us-east-1 ] || where=()
  aws s3api create-bucket --bucket "$1" ${where[@]+"${where[@]}"} >/dev/null 2>"$DIR/said"
}

# make_stack create|update NAME TEMPLATE: with the parameters of the last call of `parameters`.
make_stack() {
  note stack "$2" && template_at "$3" || return
  aws cloudformation "$1-stack" --stack-name "$2" "${BODY[@]}" \
    --parameters "file://$DIR/parameters.json" --capabilities CAPABILITY_IAM \
    >"$DIR/said" 2>&1 || because "$(cat "$DIR/said")" || return
  await 1800 stack_is "$2"
}

# 0: complete. 1: not yet. 2: it failed; the first reasons are said.
stack_is() {
  local status
  status=$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text) \
    || return 1
  case $status in
    CREATE_COMPLETE | UPDATE_COMPLETE) return 0 ;;
    *_IN_PROGRESS) case $status in *ROLLBACK*) ;; *) return 1 ;; esac ;;
  esac
  because "$1: $status: $(stack_reasons "$1")"
  return 2
}

stack_reasons() {
  aws cloudformation describe-stack-events --stack-name "$1" --output json \
    | jq -r '[.StackEvents[] | select(.ResourceStatus | endswith("_FAILED"))
      | "\(.LogicalResourceId): \(.ResourceStatusReason)"] | reverse | .[0:3] | join("; ")'
}

# resources STACK TYPE: their physical ids, one a line.
resources() {
  aws cloudformation describe-stack-resources --stack-name "$1" --output json \
    | jq -r --arg type "$2" '.StackResources[] | select(.ResourceType == $type) | .PhysicalResourceId // empty'
}

# Component, workflow and document stay when an update replaces them, and the bucket with its stack.
note_resources() {
  aws cloudformation describe-stack-resources --stack-name "$1" --output json >"$DIR/resources.json" \
    || because "no resources of $1" || return
  jq -r '{"AWS::ImageBuilder::Component": "component", "AWS::ImageBuilder::Workflow": "workflow",
      "AWS::ImageBuilder::ImageRecipe": "recipe", "AWS::ImageBuilder::ImagePipeline": "pipeline",
      "AWS::SSM::Document": "document", "AWS::S3::Bucket": "bucket", "AWS::Logs::LogGroup": "log-group"} as $kinds
    | .StackResources[] | select($kinds[.ResourceType] and .PhysicalResourceId)
    | "\($kinds[.ResourceType]) \(.PhysicalResourceId)"' "$DIR/resources.json" >"$DIR/made"
  while read -r kind id; do
    note "$kind" "$id"
  done <"$DIR/made"
}

# What both templates ask for; a parameter of the user's that neither knows is a mistake.
read_templates() {
  local template key
  for template in "$BASE_TEMPLATE" "$PIPE_TEMPLATE"; do
    template_at "$template" || return
    aws cloudformation get-template-summary "${BODY[@]}" --output json \
      >"$template.summary" 2>"$DIR/said" || because "$(cat "$DIR/said")" || return
  done
  for key in ${PARAMETERS[@]+"${PARAMETERS[@]%%=*}"}; do
    jq -es --arg key "$key" 'any(.[].Parameters[]; .ParameterKey == $key)' "$OUT"/*.summary \
      || because "no template has a parameter $key" || return
  done
  find_network
}

# The instance type, where the templates leave it open: what is asked for, or its default.
build_type() {
  printf '%s\n' ${PARAMETERS[@]+"${PARAMETERS[@]}"} | sed -n 's/^InstanceType=//p' | grep . \
    || jq -r '.Parameters[] | select(.ParameterKey == "InstanceType").DefaultValue // empty' "$BASE_TEMPLATE.summary"
}

# parameters TEMPLATE KEY=VALUE…: what the template asks for, into parameters.json: these, over them
# what the user says, then a default subnet and its security group by the type of the parameter.
parameters() {
  local summary=$1.summary
  shift
  jq -n --slurpfile summary "$summary" --arg subnet "$SUBNET" --arg group "$GROUP" \
    '($ARGS.positional | map(capture("^(?<key>[^=]*)=(?<value>.*)$"; "s")) | map({(.key): .value}) | add // {}) as $given
    | [$summary[0].Parameters[] | . as $p
      | ($given[.ParameterKey] // (if has("DefaultValue") then null
        elif .ParameterType | test("Subnet::Id") then $subnet
        elif .ParameterType | test("SecurityGroup::Id") then $group
        else error("give --parameter " + .ParameterKey + "=VALUE") end)) as $value
      | select($value != null) | {ParameterKey: $p.ParameterKey, ParameterValue: $value}]' \
    --args "$@" ${PARAMETERS[@]+"${PARAMETERS[@]}"} >"$DIR/parameters.json" 2>"$DIR/said" \
    || because "$(cat "$DIR/said")"
}

# A subnet of the default VPC, in a zone that has the build's instance type, and that VPC's default
# group; empty when there is none.
find_network() {
  local vpc zones type
  type=$(build_type)
  zones=$(aws ec2 describe-instance-type-offerings --location-type availability-zone \
    ${type:+--filters Name=instance-type,Values="$type"} --query 'InstanceTypeOfferings[].[Location]' --output text \
    | sort -u | paste -sd , -)
  read -r SUBNET vpc <<<"$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
    "Name=availability-zone,Values=${zones:-none}" --query 'Subnets[0].[SubnetId,VpcId]' --output text | head -n 1)"
  [ "$SUBNET" != None ] || SUBNET='' vpc=none
  GROUP=$(aws ec2 describe-security-groups --filters Name=group-name,Values=default "Name=vpc-id,Values=$vpc" \
    --query 'SecurityGroups[0].GroupId' --output text) || because 'no security group' || return
  [ "$GROUP" != None ] || GROUP=''
}

# The next version, where the templates ask for one: component, document, workflow and recipe are
# replaced, the exports keep their values.
update_stacks() {
  local version before
  version=$(jq -r '.Parameters[] | select(.ParameterKey == "ImageBuilderResourceVersion") | .DefaultValue' "$BASE_TEMPLATE.summary")
  [ -n "$version" ] || skipped 'the spec bakes its version' || return
  version=${version%.*}.$((${version##*.} + 1))
  before=$(exports)
  parameters "$BASE_TEMPLATE" "ResourceNamePrefix=$RUN" "ImageBuilderResourceVersion=$version" || return
  claim base-updates make_stack update "$BASE" "$BASE_TEMPLATE" || return
  note_resources "$BASE" || return
  claim exports-stay same exports "$before" "$(exports)"
  parameters "$PIPE_TEMPLATE" "ResourceNamePrefix=$RUN" "BaseStackName=$BASE" "ImageBuilderResourceVersion=$version" || return
  claim pipeline-updates make_stack update "$PIPE" "$PIPE_TEMPLATE" || return
  note_resources "$PIPE"
}

exports() {
  aws cloudformation describe-stacks --stack-name "$BASE" --output json \
    | jq -c '[.Stacks[0].Outputs[] | select(.ExportName) | {(.ExportName): .OutputValue}] | add'
}

# same WHAT A B
same() {
  [ "$2" = "$3" ] || because "$1: '$2' and '$3'"
}
