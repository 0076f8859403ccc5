#!/bin/sh
# Of several answers for a name the first that has the family of the other end.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _names: a program, $named, that is `reuse` where both.test has an address of each family,
# four.test only one of IPv4, six.test and far.test only one of IPv6: an /etc/hosts of its own, in a
# mount namespace.
_names() {
	printf '%s\n' '127.0.0.1 both.test' '::1 both.test' '127.0.0.1 four.test' '::1 six.test' '2001:db8::1 far.test' >"$tmp/hosts"
	named=$tmp/named
	# exec all the way: signals and the pid are the program's
	cat >"$named" <<END
#!/bin/sh
exec unshare -rm sh -c 'mount --bind "\$0" /etc/hosts && exec "\$@"' '$tmp/hosts' '$REUSE' "\$@"
END
	chmod +x "$named"
	need unshare
	timeout 10 unshare -rm mount --bind "$tmp/hosts" /etc/hosts 2>/dev/null ||
		skip "no mount namespace of its own here"
	spawn probe "$REUSE" listen -q 0 ::1
	await 10 grep -Eqs . "$tmp/probe.out" "$tmp/probe.err" || fail "says nothing"
	! grep -Eq '\((EAFNOSUPPORT|EADDRNOTAVAIL)\)' "$tmp/probe.err" || skip "no IPv6 on this machine"
	stop probe
}

a_name_takes_the_family_of_the_server() {
	_names
	serve four 0 127.0.0.1
	capture "$named" connect both.test 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	has run.out "^127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port connected"
	serve six 0 ::1
	capture "$named" connect both.test 0 ::1 "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

a_name_takes_the_family_of_the_source() {
	_names
	serve four 0 127.0.0.1
	capture "$named" connect 127.0.0.1 0 both.test "$port" -c 1
	is status "$status" 0
	has run.out "^127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port connected"
	serve six 0 ::1
	capture "$named" connect ::1 0 both.test "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

a_source_of_a_port_alone_takes_the_family_of_the_servers_name() {
	_names
	serve four 0 127.0.0.1
	capture "$named" connect :0 "four.test:$port" -c 1
	is status "$status" 0
	has run.out "^127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port connected"
	serve six 0 ::1
	capture "$named" connect :0 "six.test:$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

two_names_meet_in_the_family_they_share() {
	_names
	serve six 0 ::1
	capture "$named" connect both.test 0 six.test "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

dash_4_and_6_choose() {
	_names
	spawn four "$named" listen -4 0 both.test
	await_listening four
	has four.out "^listening on 127\.0\.0\.1:$port "
	spawn six "$named" listen -6 0 both.test
	await_listening six
	has six.out "^listening on \[::1\]:$port "
	capture "$named" connect -6 both.test 0 both.test "$port" -c 1
	is status "$status" 0
	has run.out "^\[::1\]:[0-9]+ -> \[::1\]:$port connected"
}

a_name_without_that_family_is_status_1() {
	_names
	capture "$named" connect 127.0.0.1 0 far.test 9 -c 1
	is status "$status" 1
	silent run.out
	has run.err '^reuse connect: .*far\.test'
	capture "$named" listen -4 0 far.test
	is status "$status" 1
	has run.err '^reuse listen: .*far\.test'
}

keep_promises
