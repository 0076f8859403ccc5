#!/bin/sh
# socat as the peer.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

ten_megabytes_there_and_back() {
	need socat
	serve server 0 127.0.0.1
	there_and_back socat -t 20 - "TCP4:127.0.0.1:$port"
}

ten_megabytes_over_ipv6() {
	need socat
	spawn server "$REUSE" listen 0 ::1
	await 10 grep -Eqs . "$tmp/server.out" "$tmp/server.err" || fail "says nothing"
	! grep -Eq '\((EAFNOSUPPORT|EADDRNOTAVAIL)\)' "$tmp/server.err" || skip "no IPv6 on this machine"
	await_listening server
	ten_megabytes
	timeout 30 socat -t 20 - "TCP6:[::1]:$port" <"$tmp/data" >"$tmp/back" || fail "socat failed"
	same_back
}

from_the_source_that_reuse_holds() {
	need socat
	serve one -q 0 127.0.0.1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	serve server 0 127.0.0.1
	there_and_back socat -t 20 - "TCP4:127.0.0.1:$port,bind=127.0.0.1:$source,reuseaddr,reuseport"
	has server.out "^\+ 127\.0\.0\.1:$source$"
}

a_server_for_connect() {
	need socat
	spawn server socat -d -d TCP4-LISTEN:0,bind=127.0.0.1,fork PIPE
	await_line server.err ' listening on AF=2 '
	port=$(sed -n 's/.* listening on AF=2 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$tmp/server.err")
	heartbeats_and_megabytes
}

keep_promises
