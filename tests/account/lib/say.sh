# shellcheck shell=bash
# What is told: a line for each step, a line for each claim. Sourced by run.sh.
# REASON is what a step says about its failure; HELD, FAILED and SKIPPED count.
REASON='' PASSED=0 FAILED=0 SKIPPED=0

# step NAME COMMAND…: runs it here; 0 is pass, 77 skip, anything else fail. What it prints is logged.
step() {
  local name=$1 began=$SECONDS status=0
  shift
  REASON=''
  echo "== $name" >>"$LOG"
  "$@" >>"$LOG" 2>&1 || status=$?
  case $status in
    0) PASSED=$((PASSED + 1)) && say pass "$name" ;;
    77) SKIPPED=$((SKIPPED + 1)) && say skip "$name" && status=0 ;;
    *) FAILED=$((FAILED + 1)) && say fail "$name" ;;
  esac
  return "$status"
}

say() {
  printf '%-5s %s (%d s)%s\n' "$1" "$2" "$((SECONDS - began))" "${REASON:+: $REASON}" >&3
}

# because TEXT…: the reason of a failure; always 1, so that it can end a function. The first counts.
because() {
  REASON=${REASON:-$(printf '%s' "$*" | tr '\n' ' ' | cut -c 1-600)}
  echo "because: $*"
  return 1
}

skipped() {
  REASON=$*
  return 77
}

# holds WHY COMMAND…: the command, and why it matters that it failed.
holds() {
  local why=$1
  shift
  "$@" || because "$why"
}

# claim ID COMMAND…: the claim holds when the command succeeds. The reason of its failure is the
# claim's note, and the step's reason if that has none yet.
claim() {
  local id=$1 status=0 before=$REASON
  shift
  REASON=''
  "$@" || status=1
  case $status in
    0) saw "$id" held ;;
    *) saw "$id" not "$REASON" ;;
  esac
  REASON=${before:-$REASON}
  return "$status"
}

# saw ID held|not [NOTE]: a line of DIR/seen; a claim that did not hold once does not hold.
saw() {
  printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$DIR/seen"
}

# Every line of `claims`: did it hold? A claim that did not counts as a failure, a candidate does not.
table() {
  local steps="$PASSED steps passed, $FAILED failed, $SKIPPED skipped"
  touch "$DIR/seen"
  {
    echo
    awk -F '\t' -f "$HERE/lib/table.awk" "$DIR/seen" "$HERE/claims" || FAILED=$((FAILED + 1))
    echo "$steps; log, record and files: $DIR"
  } >&3
}

# await SECONDS COMMAND…: until the command returns 0; 2 means that it never will. Bounded by the
# run's own limit, too, except while cleaning up.
await() {
  local until=$((SECONDS + $1)) status
  shift
  while :; do
    status=0
    "$@" || status=$?
    case $status in
      0) return 0 ;;
      2) return 1 ;;
    esac
    if [ "$SECONDS" -ge "$until" ]; then because "not in time: $*" || return 1; fi
    if [ "$SECONDS" -ge "$LIMIT" ]; then because "the limit of $MINUTES minutes (--minutes) is reached" || return 1; fi
    pause
  done
}

# In the background, so that a signal is answered at once.
pause() {
  sleep "$POLL" &
  wait $!
}
