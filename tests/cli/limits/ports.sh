#!/bin/sh
# ctest: timeout=600
# `reuse limits --to`: the ports that are left to a destination, held against what then succeeds.
# shellcheck disable=SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

helper=$(dirname "$0")/../../lib/ports.py

# _apart WORD...: ports.py in a user namespace where that is needed for a network of its own.
_apart() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	need network python3
	mode=$1; shift
	status=0
	# shellcheck disable=SC2086 # several words
	timeout 500 $apart "$python" "$helper" "$mode" "$REUSE" "$@" >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
	[ "$status" -ne 77 ] || skip "no network namespace to be had"
	is "status ($(cat "$tmp/run.out" "$tmp/run.err"))" "$status" 0
}

what_is_left_is_what_then_succeeds() { _apart mixes 200 "$$"; }

advice_that_is_carried_out_gives_what_it_says() { _apart advice; }

when_time_waits_end_is_told() { _apart waits; }

where_bound_sockets_are_not_listed_the_figure_of_bind_is_inferred() { _apart unlisted; }

the_figure_is_right_with_thousands_of_connections() {
	_apart many 2000
	below "seconds" "$(sed -n 's/\..* s$//p' "$tmp/run.out")" 5
}

# One of each kind of word that makes no sense, and what is said of it.
words_that_make_no_sense_are_refused() {
	for words in "--to 127.0.0.1" "--to 127.0.0.1:0" "--to 127.1:80" "--to :80" "--from 127.0.0.1" \
		"--to [::1]:80 --from 127.0.0.1" "--to 127.0.0.1:80 --from ::1" "--to 127.0.0.1:80 --prove 5" \
		"--to 127.0.0.1:80 --source 127.0.0.1:5" "--to [::1]:80 -4"; do
		# shellcheck disable=SC2086 # several words
		run limits $words
		is "status of '$words'" "$status" 2
		silent run.out
		is "lines said of '$words'" "$(wc -l <"$tmp/run.err")" 1
	done
}

a_mapped_address_is_its_ipv4_address() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	for words in "--to [::ffff:127.0.0.1]:9 --from 127.0.0.1" "--to 127.0.0.1:9 --from ::ffff:127.0.0.1" \
		"--to [::ffff:127.0.0.1]:9 --from ::ffff:127.0.0.1"; do
		# shellcheck disable=SC2086 # several words
		run limits $words
		is "status of '$words'" "$status" 0
		has run.out '^from 127\.0\.0\.1 to 127\.0\.0\.1:9$'
	done
}

a_source_of_another_machine_is_told() {
	run limits --to 192.0.2.1:80 --from 198.51.100.77
	is status "$status" 1
	has run.err '^reuse limits: bind 198\.51\.100\.77:0: .*\(EADDRNOTAVAIL\)$'
}

an_address_of_many_is_no_destination() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	need network
	for to in 10.8.0.255:80 224.0.0.1:80 [ff02::1]:80 10.8.0.1:80; do
		# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
		capture $apart sh -c 'ip link set lo up
			ip link add here type veth peer name there && ip addr add 10.8.0.1/24 dev here && ip link set here up || exit 77
			ip route add 224.0.0.0/4 dev here
			exec "$1" limits --to "$2"' - "$REUSE" "$to"
		[ "$status" -ne 77 ] || skip "no pair of interfaces here"
		[ "$to" = 10.8.0.1:80 ] || has run.err 'connect .*\(ENETUNREACH\)$'
		[ "$to" = 10.8.0.1:80 ] || has run.err 'broadcast or multicast address: TCP has none$'
		is "status of $to" "$status" "$([ "$to" = 10.8.0.1:80 ]; echo $?)"
	done
}

an_address_of_many_is_no_source() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	need network
	for from in 10.8.0.255 255.255.255.255 224.0.0.1 10.8.0.1; do
		# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
		capture $apart sh -c 'ip link set lo up
			ip link add here type veth peer name there && ip addr add 10.8.0.1/24 brd + dev here && ip link set here up || exit 77
			exec "$1" limits --to 10.8.0.2:80 --from "$2"' - "$REUSE" "$from"
		[ "$status" -ne 77 ] || skip "no pair of interfaces here"
		[ "$from" = 10.8.0.1 ] || has run.err "^reuse limits: bind $from:0: .*\(EADDRNOTAVAIL\)$"
		is "status of $from" "$status" "$([ "$from" = 10.8.0.1 ]; echo $?)"
	done
}

a_source_that_the_kernel_would_not_take_leaves_connect_out() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	run limits --to 127.0.0.1:9 --from 127.0.0.7 --json
	is status "$status" 0
	has run.out '"event":"route",.*"source":"127\.0\.0\.7","destination":"127\.0\.0\.1:9","range":"[0-9]+-[0-9]+"'
	has run.out '"event":"left",.*"way":"connect","ports":null'
	has run.out '"event":"left",.*"way":"no-port","ports":[1-9]'
	run limits --to 127.0.0.1:9 --from 127.0.0.7
	has run.out '^  connect without bind +-$'
	has run.out '^without bind the kernel chooses another source$'
}

a_last_port_that_the_kernel_may_not_find_is_told() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	need network
	odd=1
	for range in "40000 40098" "40000 40099"; do
		# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
		capture $apart sh -c 'ip link set lo up && echo "$2" >/proc/sys/net/ipv4/ip_local_port_range &&
			exec "$1" limits --to 127.0.0.1:9' - "$REUSE" "$range"
		is "status of $range" "$status" 0
		is "sentences of $range" "$(count run.out '^with an odd number of ports .*\(inferred\)$')" "$odd"
		is "figures inferred of $range" "$(count run.out '^  .* 9[0-9]+ +\(inferred\)$')" "$((3 * odd))"
		# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
		capture $apart sh -c 'ip link set lo up && echo "$2" >/proc/sys/net/ipv4/ip_local_port_range &&
			exec "$1" limits --to 127.0.0.1:9 --json' - "$REUSE" "$range"
		is "JSON figures inferred of $range" "$(count run.out '"event":"left",.*"basis":"inferred"')" "$((3 * odd))"
		odd=0
	done
}

the_screen_has_eighty_columns() {
	beyond_posix "list of sockets"
	[ "$(uname)" = Linux ] || skip "its sockets are read from sock_diag"
	run limits --to 127.0.0.1:9
	is status "$status" 0
	has run.out '^from 127\.0\.0\.1 to 127\.0\.0\.1:9$'
	has run.out '^  bind to port 0, connect +[0-9,]+$'
	[ "$(awk 'length > 80' "$tmp/run.out" | wc -l)" -eq 0 ] || fail "a line of more than 80 columns"
}

keep_promises
