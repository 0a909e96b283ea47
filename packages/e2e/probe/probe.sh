#!/bin/busybox sh
# A tiny game for tests. It writes each thing to its ledger before it prints it, so that a test can
# compare what a console showed with what really happened.
#   TICK_MS (500, 0 for none)   a line "tick N" in this rhythm
#   READY_AFTER_MS (0)          when "ready" is printed
#   EXIT_AFTER_MS (never)       ends by itself with EXIT_CODE (0)
#   ON_TERM (exit)              "ignore": SIGTERM and SIGINT are noted, nothing more
#   LEDGER (/home/container/ledger.txt)
# Input: "stop" ends with 0, "exit N" with N, "crash" with 139, "burst N" prints N numbered lines,
# anything else is answered with "echo: …".

ledger=${LEDGER:-/home/container/ledger.txt}
tick_ms=${TICK_MS:-500}
ready_after_ms=${READY_AFTER_MS:-0}
idle_ms=1000

if ! : >>"$ledger"; then
  echo "probe: $ledger cannot be written"
  exit 73
fi
exec 3>>"$ledger"

note() { echo "$1" >&3; }
out() {
  echo "$1" >&3
  echo "$1"
}
finish() {
  note "exit $1"
  exit "$1"
}
on_signal() {
  out "signal $1"
  [ "$ON_TERM" = ignore ] || finish 0
}
trap 'on_signal TERM' TERM
trap 'on_signal INT' INT

# Milliseconds since the machine's boot, without a process.
read_clock() {
  read -r up _ </proc/uptime
  now=${up%.*}${up#*.}0
}

answer() {
  note "input $1"
  case $1 in
    stop)
      out stopping
      finish 0
      ;;
    crash)
      out crashing
      finish 139
      ;;
    'exit '*)
      out "leaving with ${1#exit }"
      finish "${1#exit }"
      ;;
    'burst '*)
      n=0
      while [ "$n" -lt "${1#burst }" ]; do
        n=$((n + 1))
        out "burst $n"
      done
      ;;
    *) out "echo: $1" ;;
  esac
}

# Sets line, if one comes in time. A terminal gives whole lines; from a pipe only the first letter has a
# deadline: one that fell into the middle of a line would lose its beginning.
read_line() {
  if [ -t 0 ]; then
    IFS= read -r -t "$1" line
    return
  fi
  IFS= read -r -n 1 -t "$1" line || return
  [ -z "$line" ] && return
  rest=
  IFS= read -r rest
  line=$line$rest
}

# Sets wait_ms to the time until the next thing that is due.
due_in() {
  [ $(($1 - now)) -lt "$wait_ms" ] && wait_ms=$(($1 - now))
  [ "$wait_ms" -gt 0 ] || wait_ms=1
}

read -r boot_id </proc/sys/kernel/random/uuid
out "boot $boot_id pid $$"
read_clock
ready_at=$((now + ready_after_ms))
next_tick=$((now + tick_ms))
exit_at=${EXIT_AFTER_MS:+$((now + EXIT_AFTER_MS))}
tick=0
empty_reads=0

while :; do
  read_clock
  if [ -n "$ready_at" ] && [ "$now" -ge "$ready_at" ]; then
    out ready
    ready_at=
  fi
  if [ "$tick_ms" -gt 0 ] && [ "$now" -ge "$next_tick" ]; then
    tick=$((tick + 1))
    out "tick $tick"
    next_tick=$((next_tick + tick_ms))
  fi
  if [ -n "$exit_at" ] && [ "$now" -ge "$exit_at" ]; then
    out 'time is up'
    finish "${EXIT_CODE:-0}"
  fi

  wait_ms=$idle_ms
  [ -n "$ready_at" ] && due_in "$ready_at"
  [ "$tick_ms" -gt 0 ] && due_in "$next_tick"
  [ -n "$exit_at" ] && due_in "$exit_at"
  before=$now
  if [ "$empty_reads" -ge 5 ]; then
    # Standard input is closed.
    /bin/busybox usleep "${wait_ms}000"
  elif read_line "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"; then
    empty_reads=0
    answer "$line"
  else
    # Nothing typed in time. At once means closed input (or a signal).
    read_clock
    if [ $((now - before + 20)) -lt "$wait_ms" ]; then empty_reads=$((empty_reads + 1)); else empty_reads=0; fi
  fi
done
