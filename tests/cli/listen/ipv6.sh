#!/bin/sh
# Both commands over IPv6.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_need_ipv6() {
	spawn probe "$REUSE" listen -q 0 ::1
	await 10 grep -Eqs . "$tmp/probe.out" "$tmp/probe.err" || fail "says nothing"
	! grep -Eq '\((EAFNOSUPPORT|EADDRNOTAVAIL)\)' "$tmp/probe.err" || skip "no IPv6 on this machine"
	stop probe
}

brackets_part_address_and_port() {
	_need_ipv6
	serve server 0 ::1
	has server.out "^listening on \[::1\]:$port \("
	run connect ::1 0 ::1 "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected in "
	await_line server.out '^- \[::1\]:[0-9]+ 2 bytes, closed by peer$'
	stop server
	has server.out "^--- \[::1\]:$port ---$"
}

dash_6_alone_is_all_of_ipv6() {
	_need_ipv6
	serve server -6 0
	has server.out "^listening on \[::\]:$port \("
	run connect ::1 0 ::1 "$port" -c 1
	is status "$status" 0
}

v6only_refuses_ipv4() {
	_need_ipv6
	free_port # or an IPv4 server of another test has it
	serve server -6 "$port" --v6only
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 1
	has run.err '\(ECONNREFUSED\)'
}

no_v6only_takes_ipv4_too() {
	_need_ipv6
	serve server -6 0 --no-v6only --explain
	# Asked for, whatever the system's own default is: net.ipv6.bindv6only.
	has server.err '^setsockopt\([0-9]+, IPPROTO_IPV6, IPV6_V6ONLY, 0\) = 0$'
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	await_line server.out '^\+ \[::ffff:127\.0\.0\.1\]:[0-9]+$'
}

a_refusal_between_two_kinds_of_ipv6_is_explained() {
	_need_ipv6
	[ "$(uname)" = Linux ] || skip "another system may say something else"
	# the interface is missing; an IPv4 address in IPv6 dress cannot reach ::1
	run connect :: 0 fe80::1 9 -c 1
	has run.err '^reuse connect: connect \[fe80::1\]:9: .*\(EINVAL\)$'
	has run.err '^reuse connect: .*interface: fe80::1%eth0$'
	run connect ::ffff:127.0.0.1 0 ::1 9 -c 1
	has run.err '^reuse connect: connect \[::1\]:9: .*\(EAFNOSUPPORT\)$'
	is lines "$(lines run.err)" 2
}

two_servers_one_port_two_families() {
	_need_ipv6
	serve four 0 127.0.0.1
	both=$port
	spawn six "$REUSE" listen "$both" ::1
	await_listening six
	run connect ::1 0 ::1 "$both" -c 1
	is status "$status" 0
	await_line six.out '^\+ '
	lacks four.out '^\+ '
}

json_addresses_have_brackets_too() {
	_need_ipv6
	serve server --json 0 ::1
	run connect --json ::1 0 ::1 "$port" -c 1
	is status "$status" 0
	events run.out
	has events "^connected local=\"\[::1\]:[0-9]+\" .*peer=\"\[::1\]:$port\""
	await_line server.out '"closed"'
	events server.out
	has events '^opened local="\[::1\]:[0-9]+" peer="\[::1\]:[0-9]+"'
}

keep_promises
