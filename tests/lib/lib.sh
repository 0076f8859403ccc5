#!/bin/sh
# Black-box tests in POSIX sh. A test file sources this, defines functions named after the
# promises they keep, and ends with `keep_promises`, which runs each of them in a subshell
# with a directory of its own ($tmp). Functions whose name starts with "_" are helpers.
#
# Nothing here waits without a limit, nothing uses a fixed port, and only processes started
# here, by `spawn`, are ended here.
# shellcheck shell=sh disable=SC2034 # status and port are for the test files

: "${REUSE:?set REUSE to the path of the program}"
here=$(cd "$(dirname "$0")" && pwd)
tests=$here
until [ -d "$tests/lib" ]; do tests=${tests%/*}; done
lib=$tests/lib
: "${SOURCE:=${tests%/*}}"
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin; export PATH # sysctl and ip, which an ordinary user of Debian does not find
PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE # nothing beside the sources
unset NO_COLOR CLICOLOR_FORCE
promise=setup

if ! command -v timeout >/dev/null; then # macOS has none
	timeout() { perl -e 'alarm shift; exec @ARGV' "$@"; }
fi

# The first python3 that this user may run; empty if there is none.
python=
for python_path in python3 /usr/bin/python3; do
	python=$("$python_path" -c 'import selectors, sys; print(sys.executable)' 2>/dev/null) && break
done

# --- outcome ---------------------------------------------------------------------------

# fail TEXT: the promise is broken; shows what every process said.
fail() {
	printf 'FAIL %s: %s\n' "$promise" "$*"
	for said in "$tmp"/*.out "$tmp"/*.err; do
		[ -s "$said" ] || continue
		printf '  %s (%s lines):\n' "${said##*/}" "$(($(wc -l <"$said")))"
		tail -c 2000 "$said" | cat -v | tail -n 12 | sed 's/^/    /'
	done
	exit 1
}

# skip REASON: the promise cannot be tried here.
skip() {
	printf 'skip %s: %s\n' "$promise" "$*"
	exit 77
}

# need PROGRAM...: skips where one is missing; `terminal` is a pseudo-terminal and what opens it, `proc` is
# Linux's /proc, `network` a network of one's own, whose loopback is down, for what is run by $apart.
need() {
	for program; do
		case $program in
		python3) [ -n "$python" ] || skip "python3 is not installed" ;;
		network)
			need unshare ip
			# In a chroot root may have one, but none of its own user namespace as well.
			apart='unshare -n'
			$apart true 2>/dev/null || apart='unshare -rn'
			$apart true 2>/dev/null || skip "may not make a network namespace"
			;;
		proc) [ -r /proc/self/stat ] || skip "no /proc here: is it mounted?" ;;
		terminal)
			need python3
			"$python" -c 'import pty; pty.openpty()' 2>/dev/null || skip "no pseudo-terminal here: is /dev/pts mounted?"
			;;
		*) command -v "$program" >/dev/null || skip "$program is not installed" ;;
		esac
	done
}

# since VERSION: skips where Linux is older.
since() {
	oldest=$(printf '%s\n%s\n' "$1" "$(uname -r | sed 's/[^0-9.].*//')" | sort -V | head -n 1)
	[ "$oldest" = "$1" ] || skip "needs Linux $1"
}

# beyond_posix WHAT: skips where the program was built to take POSIX alone.
beyond_posix() { [ "${REUSE_OS:-}" != other ] || skip "POSIX has no $1"; }

# is WHAT SAW WANTED
is() { [ "$2" = "$3" ] || fail "$1 is '$2', wanted '$3'"; }

# below WHAT SAW LIMIT: whole numbers.
below() { [ "$2" -lt "$3" ] || fail "$1 is $2, wanted less than $3"; }

# like WHAT TEXT REGEX: one line of TEXT matches.
like() { printf '%s\n' "$2" | grep -Eq -e "$3" || fail "$1 is '$2', wanted like '$3'"; }

# has NAME REGEX, lacks NAME REGEX: lines of $tmp/NAME.
has() { grep -Eq -e "$2" "$tmp/$1" || fail "no line of $1 matches '$2'"; }
lacks() {
	! grep -Eq -e "$2" "$tmp/$1" || fail "$1 has '$(grep -E -e "$2" "$tmp/$1" | head -n 1 | cat -v)'"
}

# count NAME REGEX: how many lines of $tmp/NAME match.
count() { grep -Ec -e "$2" "$tmp/$1" || :; }
lines() { echo $(($(wc -l <"$tmp/$1"))); }
silent() { [ ! -s "$tmp/$1" ] || fail "$1 is not empty: '$(head -n 1 "$tmp/$1" | cat -v)'"; }

# await SECONDS COMMAND...: repeats COMMAND until it succeeds; 1 when the time is over.
await() {
	tries=$(($1 * 40)); shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.025
	done
}

# await_line NAME REGEX [SECONDS]: until a line of $tmp/NAME matches.
await_line() {
	await "${3:-10}" grep -Eqs -e "$2" "$tmp/$1" || fail "waited ${3:-10} s for '$2' in $1"
}

# --- processes -------------------------------------------------------------------------

# run ARGUMENT...: the program to its end: $status, $tmp/out, $tmp/err.
run() { capture "$REUSE" "$@"; }

# capture COMMAND...: the same with any command.
capture() {
	status=0
	timeout 20 "$@" </dev/null >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
	[ -z "${SAID-}" ] || cat "$tmp/run.out" "$tmp/run.err" >>"$SAID"
}

# spawn NAME COMMAND...: in the background, with $tmp/NAME.out and $tmp/NAME.err; its pid in
# NAME.pid, its status in NAME.rc once it has ended.
spawn() {
	spawned=$1; shift
	{
		"$@" </dev/null >"$tmp/$spawned.out" 2>"$tmp/$spawned.err" &
		echo "$!" >"$tmp/$spawned.pid"
		wait "$!"
		echo "$?" >"$tmp/$spawned.rc"
	} >/dev/null 2>&1 &
	await 10 test -s "$tmp/$spawned.pid" || fail "$spawned did not start"
}

# serve NAME ARGUMENT...: `reuse listen ARGUMENT...` in the background, accepting: $port.
serve() {
	served=$1; shift
	spawn "$served" "$REUSE" listen "$@"
	await_listening "$served"
}

# await_listening NAME: reads $port out of the first line of NAME, text or JSON.
await_listening() {
	await 10 grep -Eqs 'listening on |"listening"' "$tmp/$1.out" || fail "$1 does not listen"
	port=$(sed -n -e 's/^.*listening on [^ ]*:\([0-9]*\) .*/\1/p' \
		-e 's/^.*"listening".*"local":"[^"]*:\([0-9]*\)".*/\1/p' "$tmp/$1.out" | head -n 1)
	[ -n "$port" ] || fail "no port in the first line of $1"
}

# free_port: $port, which is free on all addresses, IPv4 and IPv6, and which the kernel gives to nobody by
# itself.
free_port() {
	port=$("$REUSE" try 'a bind :P' | sed -n 's/^a bind :\([0-9]*\)  ok$/\1/p')
	[ -n "$port" ] || fail "no free port"
}

# peer NAME MODE ARGUMENT...: a peer of peer.py in the background.
peer() {
	peer_name=$1; shift
	need python3
	spawn "$peer_name" "$python" "$lib/peer.py" "$@"
}

# misbehave NAME MODE ARGUMENT...: a server of peer.py: $port.
misbehave() {
	peer "$@"
	await 10 test -s "$tmp/$1.out" || fail "$1 does not listen"
	port=$(sed -n 1p "$tmp/$1.out")
}

# experiment_py MODE ARGUMENT...: what experiment.py finds, which must be all right: $tmp/judge.out.
experiment_py() {
	need python3
	status=0
	timeout 110 "$python" "$lib/experiment.py" "$@" >"$tmp/judge.out" 2>"$tmp/judge.err" || status=$?
	is "status of experiment.py $*" "$status" 0
}

pid_of() { cat "$tmp/$1.pid"; }
tell() { kill -s "$2" "$(pid_of "$1")" 2>/dev/null || :; }
is_over() { [ -s "$tmp/$1.rc" ]; }

# ended NAME [SECONDS]: waits for the end of NAME: $status.
ended() {
	await "${2:-10}" is_over "$1" || fail "$1 has not ended after ${2:-10} s"
	status=$(cat "$tmp/$1.rc")
}

# stop NAME [SIGNAL]: tells NAME to end and waits for it: $status.
stop() {
	tell "$1" "${2:-TERM}"
	ended "$1"
}

# A shell starts what runs in the background with SIGINT ignored. This undoes it.
# interruptible NAME COMMAND...: spawn that SIGINT can end.
interruptible() {
	interruptible_name=$1; shift
	if env --default-signal=INT true 2>/dev/null; then
		spawn "$interruptible_name" env --default-signal=INT "$@"
	else
		need python3
		spawn "$interruptible_name" "$python" "$lib/peer.py" interruptible "$@"
	fi
}

# source_of NAME: the local port in the `connected` line of a `reuse connect` in text.
source_of() {
	await_line "$1.out" ' connected in '
	sed -n 's/^[^ ]*:\([0-9]*\) -> .* connected in .*/\1/p' "$tmp/$1.out" | head -n 1
}

# events NAME: checks that $tmp/NAME is what --json promises and writes $tmp/events, one event
# a line: its name, then key=value sorted by key, values as JSON.
events() {
	need python3
	timeout 20 "$python" "$lib/peer.py" events "$tmp/$1" >"$tmp/events" 2>"$tmp/events.err" ||
		fail "$1 is no JSON as promised: $(tail -n 1 "$tmp/events.err")"
}

# --- the end ---------------------------------------------------------------------------

# Ends what is left of a promise, by pid. Without NAME.rc its parent has not collected it, so
# the pid is still its own.
clean() {
	for left in "$tmp"/*.pid; do
		[ -s "$left" ] || continue
		left=${left%.pid}
		[ -s "$left.rc" ] || kill -s KILL "$(cat "$left.pid")" 2>/dev/null || :
	done
	for left in "$tmp"/*.pid; do
		[ -s "$left" ] || continue
		await 5 test -s "${left%.pid}.rc" || echo "left running: ${left##*/}"
	done
	rm -rf "$tmp"
}

# Runs every function of the test file and ends: 1 if a promise is broken, 77 if all were
# skipped (a line of each says why), else 0. PROMISE=NAME runs that one alone.
keep_promises() {
	broken=0 skipped=0 kept=0
	# What the program said, for tests/house/said.sh.
	[ -z "${SAID-}" ] || { true >"$SAID"; } 2>/dev/null || SAID=
	# shellcheck disable=SC2013 # names hold no blanks
	for promise in $(sed -n 's/^\([A-Za-z][A-Za-z0-9_]*\)() {.*/\1/p' "$0"); do
		case ${PROMISE:-$promise} in "$promise") ;; *) continue ;; esac
		outcome=0
		(
			tmp=$(mktemp -d "${TMPDIR:-/tmp}/reuse-test.XXXXXX") || exit 1
			trap clean EXIT
			trap 'exit 1' HUP INT TERM
			"$promise" || fail "its last check"
		) || outcome=$?
		case $outcome in
		0) kept=$((kept + 1)); echo "ok   $promise" ;;
		77) skipped=$((skipped + 1)) ;;
		*) broken=$((broken + 1)) ;;
		esac
	done
	echo "$kept kept, $broken broken, $skipped skipped"
	[ "$((kept + broken + skipped))" -gt 0 ] || exit 1
	[ "$broken" -eq 0 ] || exit 1
	# What was skipped in part is named at the end of the run (skipped.sh).
	[ "$kept" -gt 0 ] || exit 77
	exit 0
}
