# shellcheck shell=bash
# The record: a line "KIND ID" for whatever has to go again, written before it is made where its
# name is ours to choose, and as soon as AWS has told its id otherwise. Sourced by run.sh.
# Names begin with RUN, so that what no line tells is found by name or tag.

open_record() {
  RUN=amic$(date -u +%m%d%H%M%S)
  BASE=$RUN-base PIPE=$RUN-pipe
  DIR=${DIR:-$PWD/amic-account-$RUN}
  [ ! -e "$DIR/record" ] || { echo "run.sh: $DIR holds the record of another run" >&2 && return 1; }
  mkdir -p "$DIR" && DIR=$(cd "$DIR" && pwd) || return 1
  RECORD=$DIR/record LOG=$DIR/log LIMIT=$((SECONDS + MINUTES * 60))
  BEGAN=$(date -u +%FT%TZ)
  note account "$ACCOUNT" && note region "$AWS_REGION" && note run "$RUN" || return 1
  echo "record: $RECORD (after an abort: tests/account/run.sh clean $DIR)"
}

# note KIND ID: recorded once.
note() {
  recorded "$1" "$2" || echo "$1 $2" >>"$RECORD"
}

recorded() {
  grep -qxF "$1 $2" "$RECORD" 2>/dev/null
}

# noted KIND: the ids of that kind, the newest first.
noted() {
  awk -v kind="$1" '$1 == kind { line[++n] = $2 } END { while (n) print line[n--] }' "$RECORD"
}

# note_all KIND ID…: AWS's text output says None when there is nothing.
note_all() {
  local kind=$1 id
  shift
  for id in "$@"; do
    [ "$id" = None ] || note "$kind" "$id"
  done
}
