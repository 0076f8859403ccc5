#!/bin/sh
# Of several answers for a name the first that has the family of the other end.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# _name_of ADDRESS DATABASE: a name of loopback that has this address: $name.
_name_of() {
	need getent
	for name in localhost ip6-localhost localhost6 "$(hostname)"; do
		! getent "$2" "$name" 2>/dev/null | grep -q "^$1 " || return 0
	done
	skip "no name here stands for $1"
}

a_name_beside_ipv4_is_ipv4() {
	_name_of 127.0.0.1 ahostsv4
	serve server 0 127.0.0.1
	run connect 127.0.0.1 0 "$name" "$port" -c 1
	is status "$status" 0
	has run.out " -> 127\.0\.0\.1:$port connected"
	run connect "$name" 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	has run.out "^127\.0\.0\.1:"
}

a_name_beside_ipv6_is_ipv6() {
	_name_of ::1 ahostsv6
	serve server 0 ::1
	run connect ::1 0 "$name" "$port" -c 1
	is status "$status" 0
	has run.out " -> \[::1\]:$port connected"
	run connect "$name" 0 ::1 "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:"
}

dash_4_and_6_choose() {
	_name_of 127.0.0.1 ahostsv4
	serve server -4 0 "$name"
	has server.out "^listening on 127\.0\.0\.1:$port "
	_name_of ::1 ahostsv6
	serve six -6 0 "$name"
	has six.out "^listening on \[::1\]:$port "
	run connect -6 "$name" 0 "$name" "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

keep_promises
