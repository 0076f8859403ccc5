#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse limits --prove` of a few connections: what is shown of them, and how long they took.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _took FILE WITHIN: no figure of seconds there is more.
_took() {
	awk -v within="$2" '{ for (i = 2; i <= NF; i++) if ($i ~ /^s,?$/ && ($(i - 1) < 0 || $(i - 1) > within)) { print; bad = 1 } }
		END { exit bad }' "$tmp/$1" || fail "it took $2 s at most"
}

each_stage_is_shown_with_its_seconds() {
	began=$(date +%s)
	run limits --prove 20
	is status "$status" 0
	has run.out '^from 127\.0\.0\.1:[0-9]+, 1 process$'
	for stage in opened echoed closed; do
		has run.out "^$stage 20 in [0-9]+\.[0-9] s, "
	done
	has run.out '^20 asked, 20 opened, 20 echoed, [0-9]+\.[0-9] s$'
	_took run.out $(($(date +%s) - began + 1))
}

quiet_is_the_result_alone() {
	run limits --prove 20 -q
	is status "$status" 0
	lacks run.out '^from |^opened |^closed '
	has run.out '^20 asked, 20 opened, 20 echoed, '
}

json_is_all_that_is_printed() {
	began=$(date +%s)
	run limits --prove 20 --json
	is status "$status" 0
	events run.out
	has events '^progress echoed=20 opened=20 '
	seconds=$(sed -n 's/.*"event":"proof".*"seconds":\([0-9.]*\),.*/\1/p' "$tmp/run.out")
	echo "it took $seconds s" >"$tmp/took"
	_took took $(($(date +%s) - began + 1))
}

# Bind takes such an address.
a_source_of_many_is_none() {
	beyond_posix "figures of the kernel's bounds"
	for from in 224.0.0.1 255.255.255.255; do
		run limits --prove 20 --source "$from:0"
		is "status of $from" "$status" 1
		silent run.out
		has run.err "^reuse limits: bind $from:0: .*\(EADDRNOTAVAIL\)$"
	done
}

more_than_the_ports_of_one_address_are_refused() {
	beyond_posix "figures of the kernel's bounds"
	[ -e /proc/net/if_inet6 ] || skip 'IPv6 is missing here'
	run limits --prove 64513 -6
	is status "$status" 1
	has run.err '64513 ports of one address, and there are 64512'
	lacks run.out '^opened '
}

a_cost_that_cannot_be_measured_is_a_failure_and_the_limits_are_shown() {
	# shellcheck disable=SC3045 # dash and busybox have it
	ulimit -n 24
	run limits
	is status "$status" 1
	has run.err '^reuse limits: 24 descriptors per process are too few: [0-9]+ are needed$'
	has run.out '^What a connection costs is not known here\.$'
	has run.out '^  client to many +21 descriptors '
}

limits_stand_below_their_headings() {
	beyond_posix "figures of the kernel's bounds"
	run limits
	is status "$status" 0
	for heading in 'one process' 'all connections' 'where it is set, and what raises it'; do
		is "lines \"$heading\"" "$(count run.out "^$heading\$")" 1
	done
	has run.out '^/proc/sys/net/core/somaxconn +sysctl -w net\.core\.somaxconn=[0-9]+$'
}

without_an_ephemeral_port_others_are_taken() {
	beyond_posix "range of ports"
	[ "$(uname)" = Linux ] || skip "its range is set as Linux's"
	need network
	# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
	capture $apart sh -c 'ip link set lo up; echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range
		echo 40000 >/proc/sys/net/ipv4/ip_local_reserved_ports
		exec "$1" limits --prove 50 --json' - "$REUSE"
	is "status ($(cat "$tmp/run.err"))" "$status" 0
	has run.out '"event":"proof",.*"asked":50,"opened":50,"echoed":50'
}

keep_promises
