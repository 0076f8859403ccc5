#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse why ERRNO CALL`: the causes of an errno, and which of them hold here.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

the_words_of_a_complaint_name_errno_and_call() {
	run why 'bind: EADDRINUSE' -q
	is status "$status" 0
	has run.out '^EADDRINUSE from bind: '
	is lines "$(lines run.out)" 1
	run why 'listen: Address already in use' -q
	is status "$status" 0
	has run.out '^EADDRINUSE from listen: '
	is lines "$(lines run.out)" 1
	# As glibc, musl and macOS say it, whatever the libc of this program.
	for text in 'Cannot assign requested address' 'Address not available' "can't assign requested address"; do
		run why "$text" bind -q
		is "status of $text" "$status" 0
		has run.out '^EADDRNOTAVAIL from bind: '
	done
	run why 'frob: EADDRINUSE' -q
	is status "$status" 2
	silent run.out
}

a_whole_line_of_a_program_is_told_what_to_ask_instead() {
	for line in 'nginx: Address already in use' 'bind() to 0.0.0.0:80 failed (98: address already in use)' \
		'[Errno 98] Address already in use' 'listen tcp :8080: bind: address already in use'; do
		run why "$line"
		is "status of $line" "$status" 2
		silent run.out
		is "lines of $line" "$(lines run.err)" 1
		grep -qF "'$line': more than" "$tmp/run.err" || fail "$line is not named: $(cat "$tmp/run.err")"
		has run.err "or 'reuse why EADDRINUSE'\$"
	done
}

quiet_leaves_the_causes_out() {
	run why EADDRINUSE -q
	is status "$status" 0
	has run.out '^EADDRINUSE from bind: '
	lacks run.out '^- |how to check'
	run why EADDRINUSE bind
	has run.out '^- possible: '
	has run.out '^  how to check: '
}

what_holds_in_json_is_what_the_text_says() {
	run why EADDRINUSE bind
	possible=$(count run.out '^- possible: ') holds=$(count run.out '^- holds here: ') not=$(count run.out '^- does not hold here: ')
	[ "$possible" -gt 0 ] || fail 'all are known'
	run why EADDRINUSE bind --json
	events run.out
	is null "$(count run.out '"holds":null')" "$possible"
	is true "$(count run.out '"holds":true')" "$holds"
	is false "$(count run.out '"holds":false')" "$not"
}

# _in_a_range RESERVED [OPTION]: the causes, where the kernel picks from ten ports.
_in_a_range() {
	# shellcheck disable=SC2016
	capture $apart sh -c 'ip link set lo up && echo "40000 40009" >/proc/sys/net/ipv4/ip_local_port_range &&
		echo "$1" >/proc/sys/net/ipv4/ip_local_reserved_ports && exec "$0" why EADDRINUSE bind $2' "$REUSE" "$@"
	is status "$status" 0
}

a_range_that_is_all_reserved_is_a_cause() {
	beyond_posix "range of ports"
	need network
	_in_a_range 40000-40009
	has run.out '^- holds here: with port 0: '
	_in_a_range 40000-40009 --no-bind
	has run.out '^- holds here: with port 0: '
	_in_a_range 40000-40008 --no-bind
	has run.out '^- possible: with port 0: '
	_in_a_range 40000-40008
	has run.out '^- does not hold here: with port 0: '
}

keep_promises
