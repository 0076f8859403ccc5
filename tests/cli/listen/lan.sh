#!/bin/sh
# The second experiment of the original demo as it stands: one server on all addresses, the
# loopback and a LAN address as destinations, one source.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _lan: an IPv4 address of this machine that is not loopback: $lan.
_lan() {
	lan=
	if command -v ip >/dev/null; then
		lan=$(ip -4 -o addr show up scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
	elif [ -n "$python" ]; then
		lan=$("$python" "$lib/peer.py" lan_address)
	fi
	[ -n "$lan" ] || skip "this machine has only its loopback address"
}

one_server_loopback_and_lan() {
	_lan
	serve all 0
	# The kernel lets a loopback source reach the machine's own LAN address.
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	spawn second "$REUSE" connect 127.0.0.1 "$source" "$lan" "$port" -i 60
	is "source of the second" "$(source_of second)" "$source"
	has second.out "^127\.0\.0\.1:$source -> $lan:$port connected"
	await_line second.out '^Lub hi\.\.\. Dub hi '
	await_line first.out '^Lub hi\.\.\. Dub hi '
	is "connections" "$(count all.out "^\+ 127\.0\.0\.1:$source$")" 2
}

two_servers_loopback_and_lan() {
	_lan
	serve one 0 127.0.0.1
	spawn two "$REUSE" listen "$port" "$lan"
	await_listening two
	spawn first "$REUSE" connect "$lan" 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	spawn second "$REUSE" connect "$lan" "$source" "$lan" "$port" -i 60
	is "source of the second" "$(source_of second)" "$source"
	await_line one.out "^\+ $lan:$source$"
	await_line two.out "^\+ $lan:$source$"
}

keep_promises
