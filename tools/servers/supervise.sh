#!/bin/sh
# Runs one command and makes sure that it does not outlive whoever started this script, not even after `kill -9`.
#
#   supervise.sh LOCK_FILE LOCK_WAIT_S SIGNAL GRACE_S COMMAND [ARG…]
#
# stdin is a pipe that only the starter holds open. Its end is both how the starter asks for a stop and how the kernel
# tells us that the starter died, so the one path is used, and tested, on every ordinary stop.
# fd 3 gets one line: `pid N` once the command runs, or `locked` when another process holds LOCK_FILE (empty: no lock).
# The exit status is the command's (128 + n for signal n).
#
# A shell and not Node: it takes 1 MB and 3 ms instead of 45 MB and 50 ms, once for every server and app.
lock=$1 wait=$2 signal=$3 grace=$4
shift 4
# Not fd 0: a shell gives its background commands /dev/null there.
exec 4<&0 </dev/null

if [ -n "$lock" ]; then
  # The command inherits fd 9, and the kernel frees the lock when the last process that has it is gone. So it covers
  # a command whose supervisor was killed too, and no stale lock can be left behind.
  exec 9>>"$lock" || exit 74
  flock -w "$wait" 9 || { echo locked >&3; exit 75; }
fi

"$@" 3>&- 4<&- &
command=$!
echo "pid $command" >&3
exec 3>&-

(
  exec 9>&-
  read -r _ <&4
  # Takes the timer along when the command ends in time. `$!` is the command itself until the timer runs. KILL, because
  # a TERM is lost on a child that has not got to its exec; and waited for, because where nothing reaps orphans (a
  # container) it would stay behind as a zombie.
  trap '[ "$!" = "$command" ] || { kill -s KILL "$!"; wait "$!"; }; exit' TERM
  kill -s "$signal" "$command"
  sleep "$grace" 4<&- &
  wait "$!"
  kill -s KILL "$command"
) 2>/dev/null &
watcher=$!
# The end of stdin must reach the watcher alone, and fd 9 must be the command's alone.
exec 4<&- 9>&-

wait "$command"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$status"
