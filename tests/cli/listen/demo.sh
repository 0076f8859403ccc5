#!/bin/sh
# ctest: core emulated
# The experiments of the original demo, with real processes: connections that share one
# source address and port.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _dial NAME SOURCE SERVER PORT: a connector that stays; its source port becomes $source.
_dial() {
	spawn "$1" "$REUSE" connect 127.0.0.1 "$2" "$3" "$4" -i 60 "from $1"
	source=$(source_of "$1")
	await_line "$1.out" "^Lub from $1\.\.\. Dub from $1 "
}

# _established WANTED: connections that the kernel has from 127.0.0.1:$source.
_established() {
	command -v ss >/dev/null || return 0 # the lines of the servers tell the same
	timeout 20 ss -tnH state established src "127.0.0.1:$source" >"$tmp/ss.out"
	is "connections from 127.0.0.1:$source" "$(lines ss.out)" "$1"
}

two_servers_one_port_two_addresses() {
	[ "$(uname)" = Linux ] || skip "only Linux has all of 127.0.0.0/8"
	serve one 0 127.0.0.1
	both=$port
	spawn two "$REUSE" listen "$both" 127.0.0.2
	await_listening two
	is "port of the second server" "$port" "$both"
	_dial first 0 127.0.0.1 "$both"
	shared=$source
	_dial second "$shared" 127.0.0.2 "$both"
	is "source of the second" "$source" "$shared"
	has one.out "^\+ 127\.0\.0\.1:$shared$"
	has two.out "^\+ 127\.0\.0\.1:$shared$"
	_established 2
	has one.out "^  127\.0\.0\.1:$shared 10 bytes$"
	has two.out "^  127\.0\.0\.1:$shared 11 bytes$"
}

all_addresses_beside_one_of_them() {
	[ "$(uname)" = Linux ] || skip "only Linux has all of 127.0.0.0/8"
	serve all 0 0.0.0.0
	both=$port
	spawn one "$REUSE" listen "$both" 127.0.0.1
	await_listening one
	_dial first 0 127.0.0.1 "$both"
	shared=$source
	_dial second "$shared" 127.0.0.2 "$both"
	is "source of the second" "$source" "$shared"
	# the more specific address gets its own, the rest goes to the server of all
	has one.out "^\+ 127\.0\.0\.1:$shared$"
	has all.out "^\+ 127\.0\.0\.1:$shared$"
	is "connections to the one" "$(count one.out '^\+ ')" 1
	is "connections to all" "$(count all.out '^\+ ')" 1
	_established 2
}

one_server_two_destination_addresses() {
	[ "$(uname)" = Linux ] || skip "only Linux has all of 127.0.0.0/8"
	serve all 0
	_dial first 0 127.0.0.1 "$port"
	shared=$source
	_dial second "$shared" 127.0.0.2 "$port"
	is "source of the second" "$source" "$shared"
	is "connections" "$(count all.out "^\+ 127\.0\.0\.1:$shared$")" 2
	_established 2
}

two_servers_two_ports_one_address() {
	serve one 0 127.0.0.1
	one=$port
	serve two 0 127.0.0.1
	two=$port
	[ "$one" != "$two" ] || fail "both servers have port $one"
	_dial first 0 127.0.0.1 "$one"
	shared=$source
	_dial second "$shared" 127.0.0.1 "$two"
	is "source of the second" "$source" "$shared"
	has one.out "^\+ 127\.0\.0\.1:$shared$"
	has two.out "^\+ 127\.0\.0\.1:$shared$"
	_established 2
	stop first
	is "status of the first" "$status" 0
	stop second
	is "status of the second" "$status" 0
}

the_old_names_and_defaults_do_it_too() {
	ln -s "$REUSE" "$tmp/listener"
	ln -s "$REUSE" "$tmp/connector"
	spawn one "$tmp/listener" 0 127.0.0.1
	await_listening one
	one=$port
	spawn two "$tmp/listener" 0 127.0.0.1
	await_listening two
	spawn first "$tmp/connector" 127.0.0.1 0 127.0.0.1 "$one"
	source=$(source_of first)
	spawn second "$tmp/connector" 127.0.0.1 "$source" 127.0.0.1 "$port"
	is "source of the second" "$(source_of second)" "$source"
	_established 2
}

keep_promises
