#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse why`: the ways in which others write an address and port.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_reads() {
	run why "$1" --json
	is "status of $1" "$status" 0
	grep -q '"\[::\]:40123"' "$tmp/run.out" || fail "$1 is not [::]:40123"
}

the_wildcard_of_ipv6_is_read_as_netstat_writes_it() {
	[ -e /proc/net/if_inet6 ] || [ "$(uname)" != Linux ] || skip 'IPv6 is missing here'
	_reads '[::]:40123'
	_reads ':::40123'
}

keep_promises
