#!/bin/bash
# Proves on a real AWS account that what amic writes deploys, builds, boots and goes away again.
# README.md says what it needs, does and costs. Exit status: 0 everything held, 1 something did
# not, 2 it could not begin; 129, 130 or 143 after a signal.
# shellcheck source-path=SCRIPTDIR
set -uo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
export AWS_PAGER='' AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=6 LC_ALL=C
AMIC=${AMIC:-$HERE/../../build/amic}
POLL=${ACCOUNT_POLL:-20}        # seconds between two looks at AWS
exec 3>&1                       # what a step prints is logged, what is told goes here
. "$HERE/lib/say.sh"
. "$HERE/lib/record.sh"
. "$HERE/lib/stacks.sh"
. "$HERE/lib/builds.sh"
. "$HERE/lib/machine.sh"
. "$HERE/lib/candidates.sh"
. "$HERE/lib/simulator.sh"
. "$HERE/lib/clean.sh"

usage() {
  cat <<'TEXT'
usage: tests/account/run.sh [OPTION...] [SPEC]     say what would be done and what it may cost
       tests/account/run.sh --account NUMBER [OPTION...] [SPEC]     do it, in that account
       tests/account/run.sh clean DIR              remove what an aborted run left

  --account NUMBER      the account to do it in; the credentials must be of this one
  --region REGION       where (the AWS CLI's region)
  --parameter KEY=VALUE a parameter of the templates; again for more
  --minutes N           give up and clean up after N minutes (90, and 30 for each build)
  --simulate            also ask IAM's simulator for each call of a build and each attack (2 minutes)
  --failing-build       also have a build fail after its upload: what does it leave?
  --candidates LIST     also try stricter policies: names in candidates/, by comma, or all
  --instance-type TYPE  on which the image is started (t3.small, t4g.small)
  --machine COMMAND     is given the id of an instance of the image, prints its PCR values
  --dir DIR             where the record, the logs and what was read back go
SPEC is sandbox.ami beside this script when it is not given.
TEXT
}

main() {
  case ${1:-} in
    clean) clean_later "${2:-}" ;;
    *) read_options "$@" && prove ;;
  esac
}

read_options() {
  ACCOUNT='' SPEC='' MINUTES='' CANDIDATES='' INSTANCE_TYPE='' MACHINE='' DIR='' FAILING='' SIMULATE=''
  PARAMETERS=()
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --failing-build | --simulate) ;;
      --*) [ $# -ge 2 ] || refuse "$1 takes a value" ;;
      *) [ -z "$SPEC" ] || refuse "one spec at a time: $1" ;;
    esac
    case $1 in
      --account) ACCOUNT=$2 && shift ;;
      --region) export AWS_REGION=$2 AWS_DEFAULT_REGION=$2 && shift ;;
      --parameter) PARAMETERS+=("$2") && shift ;;
      --failing-build) FAILING=yes ;;
      --simulate) SIMULATE=yes ;;
      --minutes) MINUTES=$2 && shift ;;
      --candidates) CANDIDATES=$2 && shift ;;
      --instance-type) INSTANCE_TYPE=$2 && shift ;;
      --machine) MACHINE=$2 && shift ;;
      --dir) DIR=$2 && shift ;;
      --*) refuse "no such option: $1" ;;
      *) SPEC=$1 ;;
    esac
    shift
  done
  check_options
}

check_options() {
  SPEC=${SPEC:-$HERE/sandbox.ami}
  [ -f "$SPEC" ] || refuse "no spec $SPEC"
  TRY=$(candidate_names "$CANDIDATES") || refuse "no such candidate: $TRY"
  BUILDS=$((2 + ${FAILING:+1} + $(wc -w <<<"$TRY")))
  MINUTES=${MINUTES:-$((90 + 30 * BUILDS))}
  [[ $MINUTES =~ ^[0-9]+$ ]] || refuse "--minutes takes a number: $MINUTES"
}

refuse() {
  echo "run.sh: $*" >&2
  usage >&2
  exit 2
}

# Everything that can be known before the first call that makes something.
prove() {
  plan
  if [ -z "$ACCOUNT" ]; then
    echo "Nothing was done. To go on: tests/account/run.sh --account NUMBER"
    exit 0
  fi
  have_tools && have_account && open_record || exit 2
  trap 'stopped $?' EXIT          # whatever ends this script, an error of its own included
  trap 'stopped 129' HUP
  trap 'stopped 130' INT
  trap 'stopped 143' TERM
  steps
  finish
}

plan() {
  cat <<TEXT
What will be done with $SPEC, in one account and one region:
  deploy its base and one pipeline; build; read everything back; start a small instance of the
  image; update both stacks; build again${FAILING:+; let a build fail}${TRY:+; a build for each candidate: $TRY}
  then remove all of it: stacks, images, snapshots, instances, logs, the bucket
What it may cost
  $BUILDS builds of about 30 minutes each; after $MINUTES minutes it gives up and cleans up
  at \$1 an hour for the build instance at most \$$(((MINUTES + 59) / 60)), under \$1 for the small one, snapshots and requests
  prices are your Region's, and Image Builder ends a stuck build only at the spec's own time limit
TEXT
  "$AMIC" explain cost "$SPEC" 2>/dev/null | sed -n '/^While/,/^$/p' | sed 's/^/  /'
}

have_tools() {
  local tool good=0
  for tool in aws jq coldsnap "$AMIC"; do
    command -v "$tool" >/dev/null || { echo "run.sh: $tool is missing" >&2 && good=1; }
  done
  for tool in 'imagebuilder delete-workflow' 'ec2 get-instance-tpm-ek-pub'; do
    # shellcheck disable=SC2086  # two words
    aws $tool --generate-cli-skeleton >/dev/null 2>&1 \
      || { echo "run.sh: this AWS CLI is too old: it has no aws $tool" >&2 && good=1; }
  done
  return "$good"
}

have_account() {
  local here
  AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}
  export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
  [ -n "$AWS_REGION" ] || { echo 'run.sh: no region: --region' >&2 && return 1; }
  here=$(aws sts get-caller-identity --query Account --output text) || return 1
  [ "$here" = "$ACCOUNT" ] || { echo "run.sh: these credentials are of account $here" >&2 && return 1; }
}

steps() {
  step 'compile the spec' compile || return
  step 'what its templates ask for' read_templates || return
  step 'deploy the base' deploy_base || return
  step 'deploy the pipeline' deploy_pipeline || return
  [ -z "$SIMULATE" ] || step "IAM's simulator on its roles" simulate
  build_and_read first || return
  step 'the build instance is gone' no_builder_left
  step 'start an instance of the image' start_image && step 'it has a TPM' has_tpm
  step "the snapshot has the PCR values of the image's tags" snapshot_pcrs
  step 'the machine has them, too' machine_pcrs
  step 'update both stacks' update_stacks && build_and_read second
  step 'no call was denied' nothing_denied
  [ -z "$FAILING" ] || step 'a build that fails' failing_build
  for NAME in $TRY; do
    step "candidate $NAME" try_candidate "$NAME"
  done
}

# Without an image there is nothing to read; all else is read, whatever it turns out to be.
build_and_read() {
  step "$1 build" believed_build "$1" || return
  step "$1 image: it is there" read_image || return
  step "$1 image: what it is registered with" read_registration
  step "$1 image: its packages" no_packages
  step "$1 image: its tags" read_tags
  step "$1 image: its snapshot" read_snapshot
  step "$1 image: reference file" read_reference
  step "$1 image: logs" read_logs || true
}

# From here on a signal changes nothing: what was made goes.
finish() {
  trap - EXIT
  trap '' HUP INT TERM
  step 'remove everything' clean
  table
  [ "$FAILED" = 0 ] || exit 1
  exit 0
}

stopped() {
  trap - EXIT
  trap '' HUP INT TERM
  echo "stopped: removing what was made (record: $RECORD)" >&3
  FAILED=$((FAILED + 1))
  step 'remove everything' clean
  table
  exit "$1"
}

main "$@"
