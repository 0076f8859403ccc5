#!/bin/sh
# ctest: core
# Signals as whoever starts the program left them: blocked or ignored.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _left HOW ARGUMENT...: starts a server whose SIGINT, SIGTERM and SIGHUP were left like that.
_left() {
	need python3
	how=$1; shift
	spawn server "$python" -c "
import os, signal, sys
three = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
for number in three:
    signal.signal(number, signal.SIG_IGN if sys.argv[1] == 'ignored' else signal.SIG_DFL)
if sys.argv[1] == 'blocked':
    signal.pthread_sigmask(signal.SIG_BLOCK, three)
os.execv(sys.argv[2], sys.argv[2:])" "$how" "$REUSE" "$@"
	await_listening server
}

a_blocked_SIGTERM_ends_it_in_order() {
	_left blocked listen 0 127.0.0.1
	stop server TERM
	is status "$status" 0
	has server.out ' bytes echoed, '
}

a_blocked_SIGINT_ends_it_in_order() {
	_left blocked listen 0 127.0.0.1
	stop server INT
	is status "$status" 0
	has server.out ' bytes echoed, '
}

an_ignored_SIGTERM_is_heard() {
	_left ignored listen 0 127.0.0.1
	stop server TERM
	is status "$status" 0
	has server.out ' bytes echoed, '
}

# The signals before are delivered before the one that ends it.
ignored_SIGINT_and_SIGHUP_stay_ignored() {
	for workers in '' '-w2'; do
		rm -f "$tmp"/server.*
		# shellcheck disable=SC2086 # none or one
		_left ignored listen $workers 0 127.0.0.1
		tell server INT
		tell server INT
		tell server HUP
		need python3
		"$python" "$lib/peer.py" round_trip 127.0.0.1 "$port" 5 >"$tmp/peer.out" 2>&1 || fail "it has ended"
		stop server TERM
		is "status with '$workers'" "$status" 0
		has server.out ' bytes echoed, '
	done
}

# SIGXFSZ would end it without a word. Its stderr is a pipe, which may grow.
a_file_that_may_not_grow_is_told_as_a_full_disk_is() {
	serve server -q 0 127.0.0.1
	for words in experiment "connect 127.0.0.1 0 127.0.0.1 $port -c 1" "why 80"; do
		# shellcheck disable=SC2086 # words
		(
			status=0
			ulimit -f 0
			"$REUSE" $words 2>&1 >"$tmp/file" </dev/null || status=$?
			echo "status $status"
		) | cat >"$tmp/said.out"
		has said.out "^reuse ${words%% *}: stdout: .* \\(EFBIG\\)$"
		has said.out '^status 1$'
	done
}

# Nothing has begun that would have to end in order.
a_name_server_that_is_silent_holds_up_no_end() {
	need python3 unshare mount ip
	echo 'nameserver 127.0.0.53' >"$tmp/resolv.conf"
	echo 'hosts: dns' >"$tmp/nsswitch.conf" # not a resolver that has an answer
	cat >"$tmp/apart.sh" <<-'EOF'
		ip link set lo up && mount --bind "$1/resolv.conf" /etc/resolv.conf || exit 1
		[ ! -e /etc/nsswitch.conf ] || mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf || exit 1
		shift
		exec "$@"
	EOF
	for apart in "unshare -nm" "unshare -rnm" ""; do
		[ "$apart" ] || skip "no file can be laid over /etc/resolv.conf here"
		# shellcheck disable=SC2086 # words
		! $apart sh "$tmp/apart.sh" "$tmp" true 2>/dev/null || break
	done
	for signal in TERM INT; do
		# shellcheck disable=SC2086 # words
		capture $apart sh "$tmp/apart.sh" "$tmp" "$python" "$lib/silent_names.py" $signal "$REUSE" \
			"listen|0|silent.test" "connect|0.0.0.0|0|silent.test|1" "try|a connect silent.test:1" \
			"why|silent.test:1" "limits|--to|silent.test:1"
		is "status after SIG$signal" "$(tr '\n' ' ' <"$tmp/run.out")" "0 1 130 130 130 "
		silent run.err
	done
}

# listen and run wait for no reader at all; the others only until they are told to end.
a_reader_that_stands_still_holds_up_no_end() {
	need python3
	serve server -q 0 127.0.0.1
	for words in "connect|127.0.0.1|0|127.0.0.1|$port|-i|0" "connect|127.0.0.1|0|127.0.0.1|$port|-i|0|--json" 'try|-'; do
		capture "$python" "$lib/standing.py" "$REUSE" "$words"
		case $words in try*) wanted=130 ;; *) wanted=0 ;; esac
		is "status after SIGTERM of $words" "$(cat "$tmp/run.out")" $wanted
		silent run.err
	done
}

# As where it was never open.
a_stdout_that_can_only_be_read_is_not_waited_for() {
	need python3
	capture "$python" -c 'import os, subprocess, sys
reader, writer = os.pipe()
print(subprocess.run([sys.argv[1], "try", "a name"], stdout=reader, timeout=10).returncode)' "$REUSE"
	is status "$(cat "$tmp/run.out")" 0
	silent run.err
}

keep_promises
