#!/bin/sh
# ctest: timeout=120 os=Linux
# The units that are installed as examples under a systemd: socket activation, readiness, the watchdog, a stop and a restart beneath
# clients, with all of the hardening that can be had there.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# _unit NAME: the example, with the program where the units are: PrivateTmp and ProtectHome hide others.
_unit() { sed "s,/usr/local/bin/reuse,/etc/systemd/system/reuse," "$SOURCE/cmake/packaging/systemd/$1"; }

# _inside WORDS: a shell's, beside the units.
_inside() {
	need unshare nsenter ip
	mkdir -p "$tmp/units"
	_unit reuse.socket >"$tmp/units/reuse.socket"
	_unit reuse.service | sed "${edit:-}" >"$tmp/units/reuse.service"
	cp "$REUSE" "$tmp/units/reuse"
	printf '%s\n' '[Unit]' 'Wants=reuse.socket' >"$tmp/units/test.target"
	capture sh "$lib/with_systemd.sh" "$tmp/units" sh -c "$1" - "$REUSE"
	[ "$status" != 77 ] || skip "no systemd can be started here"
	is status "$status" 0
}

the_example_units_serve_stop_and_start_again() {
	# No device files can be made in there.
	edit='/^PrivateDevices=/d; s/^WatchdogSec=.*/WatchdogSec=1/'
	_inside 'set -e
		# started by the first connection
		"$1" connect -q 127.0.0.1 0 127.0.0.1 3000 -c 1
		systemctl is-active reuse.service
		systemctl show -p Type -p MemoryMax -p NRestarts -p WatchdogUSec reuse.service
		# longer than the watchdog would wait
		pid=$(systemctl show --value -p MainPID reuse.service)
		sleep 2.2
		[ "$pid" = "$(systemctl show --value -p MainPID reuse.service)" ] && echo watched
		# clients in a row, none of which is refused, while it starts again
		(n=0; until [ -e /run/enough ]; do
			"$1" connect -q 127.0.0.1 0 127.0.0.1 3000 -c 1 >/run/client 2>&1 || cat /run/client
			n=$((n + 1))
		done; echo "clients $n") & row=$!
		for i in 1 2 3; do sleep 0.2; systemctl restart reuse.service; done
		sleep 0.2; : >/run/enough; wait "$row"
		# a stop in the middle of traffic is in order
		"$1" connect -q 127.0.0.1 0 127.0.0.1 3000 -i 0 >/run/busy 2>&1 & busy=$!
		sleep 0.3
		systemctl stop reuse.service 2>/dev/null
		systemctl show -p Result -p ExecMainStatus reuse.service
		wait "$busy" || :
		# the socket unit has the port still
		"$1" connect -q 127.0.0.1 0 127.0.0.1 3000 -c 1 && echo again'
	has run.out '^active$'
	has run.out '^Type=notify$'
	has run.out '^MemoryMax=536870912$'
	has run.out '^WatchdogUSec=1s$'
	has run.out '^watched$'
	like "clients in a row" "$(grep '^clients' "$tmp/run.out")" '^clients [1-9][0-9]+$'
	lacks run.out 'Connection refused'
	has run.out '^Result=success$'
	has run.out '^ExecMainStatus=0$'
	has run.out '^again$'
}

keep_promises
