#!/bin/sh
# Where the words make no sense no socket is made: seen with strace.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/malformed.sh
. "$lib/malformed.sh"
# LeakSanitizer does not work under strace.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0; export ASAN_OPTIONS

_strace_works() {
	need strace
	strace -o "$tmp/true" -f -e trace=network true 2>/dev/null || skip "strace may not trace here"
}

# _makes_none SEEN COMMAND WORD...
_makes_none() {
	shift
	status=0
	timeout 20 strace -f -o "$tmp/trace.out" -e trace=socket,bind,connect,listen "$REUSE" "$@" \
		</dev/null >/dev/null 2>"$tmp/run.err" || status=$?
	[ "$status" = 2 ] || fail "status of '$(printf '%.100s' "reuse $*" | cat -v)' is $status, wanted 2"
	traced=$(cat "$tmp/trace.out")
	# libc may ask a name service daemon by a socket of AF_UNIX: that is not ours
	case $traced in
	*'socket(AF_INET'* | *'bind('* | *'listen('*) fail "'$(printf '%.100s' "reuse $*" | cat -v)' made a socket" ;;
	*'exited with 2'*) ;;
	*) fail "nothing traced: '$traced'" ;;
	esac
	table=$((table + 1))
}

no_socket_for_words_that_make_no_sense() {
	_strace_works
	table=0
	malformed _makes_none
	[ "$table" -gt 100 ] || fail "only $table words tried"
}

# Or the promise above could not be broken.
strace_sees_the_socket_that_is_made() {
	_strace_works
	timeout 20 strace -f -o "$tmp/trace.out" -e trace=socket "$REUSE" \
		connect -n 127.0.0.1 0 127.0.0.1 0 -W 1 </dev/null >/dev/null 2>&1 || :
	has trace.out 'socket\(AF_INET, SOCK_STREAM'
}

keep_promises
