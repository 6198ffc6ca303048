# shellcheck shell=bash
# Removes what the record names, and what carries the run's name or tag without being in it. A
# second time it finds nothing to do. Sourced by run.sh.

clean_later() {
  [ -f "$1/record" ] || refuse "no record in '$1'"
  DIR=$(cd "$1" && pwd) RECORD=$DIR/record LOG=$DIR/log MINUTES=0
  ACCOUNT=$(noted account) AWS_REGION=$(noted region) RUN=$(noted run)
  BASE=$RUN-base PIPE=$RUN-pipe
  export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
  have_account || exit 2
  trap '' HUP
  step 'remove everything' clean || exit 1
  exit 0
}

clean() {
  LIMIT=$((SECONDS + 7200)) LEFT=''
  remove_candidates
  find_unrecorded
  stop_builds
  remove_instances
  remove_images
  remove_stack "$PIPE"
  empty_buckets
  remove_stack "$BASE"
  remove_rest
  REASON=''
  [ -z "$LEFT" ] || because "left behind:$LEFT"
}

# What was made while nobody could write it down: a kill between a call and its answer.
find_unrecorded() {
  local pipeline stack
  for stack in $(noted stack); do
    note_resources "$stack"
  done
  for pipeline in $(noted pipeline); do
    # shellcheck disable=SC2046  # a list of ARNs
    note_all build $(aws imagebuilder list-image-pipeline-images --image-pipeline-arn "$pipeline" \
      --query 'imageSummaryList[].arn' --output text)
  done
  # shellcheck disable=SC2046
  note_all instance $(instances "Name=tag:amic:account-run,Values=$RUN")
}

# A build that runs would go on making things. Image Builder ends its instance; we look.
stop_builds() {
  local build status
  for build in $(noted build); do
    status=$(aws imagebuilder get-image --image-build-version-arn "$build" --query image.state.status --output text)
    case $status in
      PENDING | CREATING | BUILDING | TESTING | DISTRIBUTING | INTEGRATING)
        aws imagebuilder cancel-image-creation --image-build-version-arn "$build" --client-token "$RUN-${build##*/}-stop"
        await 1200 build_ended "$build" || left build "$build"
        ;;
    esac
  done
}

build_ended() {
  case $(aws imagebuilder get-image --image-build-version-arn "$1" --query image.state.status --output text) in
    AVAILABLE | FAILED | CANCELLED | DEPRECATED | DELETED) return 0 ;;
  esac
  return 1
}

remove_instances() {
  local id profile
  for profile in $(noted profile); do
    # shellcheck disable=SC2046
    note_all instance $(instances "Name=iam-instance-profile.arn,Values=$profile")
  done
  for id in $(noted instance); do
    erase instance "$id" aws ec2 terminate-instances --instance-ids "$id"
  done
  for id in $(noted instance); do
    await 900 instance_ended "$id" || left instance "$id"
  done
}

instance_ended() {
  local state
  state=$(aws ec2 describe-instances --instance-ids "$1" --output text \
    --query 'Reservations[0].Instances[0].State.Name' 2>&1) || { absent "$state" && return 0 || return 1; }
  [ "$state" = terminated ] || [ "$state" = None ]
}

# Images of this base by its tag, too; then their snapshots, which no image holds any more.
remove_images() {
  local id
  # shellcheck disable=SC2046
  note_all image $(base_images 'Images[].ImageId')
  # shellcheck disable=SC2046
  note_all snapshot $(aws ec2 describe-snapshots --owner-ids self --filters "Name=tag:amic:base,Values=$BASE" \
    --query 'Snapshots[].SnapshotId' --output text)
  for id in $(noted image); do
    erase image "$id" aws ec2 deregister-image --image-id "$id"
  done
  for id in $(noted snapshot); do
    erase snapshot "$id" aws ec2 delete-snapshot --snapshot-id "$id"
  done
  for id in $(noted build); do
    erase build "$id" aws imagebuilder delete-image --image-build-version-arn "$id"
  done
}

# base_images QUERY: of the images with this base's tag.
base_images() {
  aws ec2 describe-images --owners self --filters "Name=tag:amic:base,Values=$BASE" --query "$1" --output text
}

remove_stack() {
  recorded stack "$1" || return 0
  await 1800 stack_rests "$1"       # one that rolls back cannot be deleted yet
  erase stack "$1" aws cloudformation delete-stack --stack-name "$1"
  await 1800 stack_ended "$1" || left stack "$1"
}

stack_rests() {
  case $(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text) in
    *_IN_PROGRESS) return 1 ;;
  esac
}

stack_ended() {
  local status
  status=$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' \
    --output text 2>&1) || { absent "$status" && return 0 || return 1; }
  case $status in
    DELETE_COMPLETE) return 0 ;;
    DELETE_FAILED) because "$1: $(stack_reasons "$1")" || return 2 ;;
  esac
  return 1
}

# Versions and delete markers are objects, too: while they are there, a bucket cannot go.
empty_buckets() {
  local bucket
  for bucket in $(noted bucket); do
    await 900 bucket_empty "$bucket" || left bucket "$bucket"
  done
}

bucket_empty() {
  aws s3api list-object-versions --bucket "$1" --max-items 500 --output json >"$DIR/versions.json" 2>"$DIR/said" \
    || { absent "$(cat "$DIR/said")" && return 0 || return 1; }
  jq -e '{Quiet: true, Objects: [(.Versions, .DeleteMarkers) | .[]? | {Key, VersionId}]}
    | select(.Objects != [])' "$DIR/versions.json" >"$DIR/objects.json" || return 0
  aws s3api delete-objects --bucket "$1" --delete "file://$DIR/objects.json"
  return 1
}

# What stacks keep on purpose: the bucket, and the versions that an update replaced.
remove_rest() {
  local id
  empty_buckets                     # of what was logged since
  for id in $(noted bucket); do erase bucket "$id" aws s3api delete-bucket --bucket "$id"; done
  for id in $(noted recipe); do erase recipe "$id" aws imagebuilder delete-image-recipe --image-recipe-arn "$id"; done
  for id in $(noted component); do
    erase component "$id" aws imagebuilder delete-component --component-build-version-arn "$id"
  done
  for id in $(noted workflow); do
    erase workflow "$id" aws imagebuilder delete-workflow --workflow-build-version-arn "$id"
  done
  for id in $(noted document); do erase document "$id" aws ssm delete-document --name "$id"; done
  for id in $(noted log-group); do erase log-group "$id" aws logs delete-log-group --log-group-name "$id"; done
}

# erase KIND ID COMMAND…: gone, gone before, or named as left behind. Some things are in use for a
# moment after what used them is gone.
erase() {
  local kind=$1 id=$2 said='' try
  shift 2
  for try in 1 2 3 4 5 6; do
    if said=$("$@" 2>&1) || absent "$said"; then return 0; fi
    echo "$try: $kind $id: $said"
    case $said in *InUse* | *'in use'* | *Conflict* | *dependency* | *depend*) pause ;; *) break ;; esac
  done
  left "$kind" "$id ($(printf '%s' "$said" | tr '\n' ' ' | cut -c 1-160))"
}

left() {
  LEFT="$LEFT $1 $2;"
}

# What AWS calls what is not there.
absent() {
  case $1 in
    *NotFound* | *'does not exist'* | *NoSuch* | *InvalidDocument* | *'AMIID.Unavailable'*) return 0 ;;
  esac
  return 1
}
