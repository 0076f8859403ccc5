#!/bin/sh
# ctest: timeout=120 os=Linux
# A systemd as the one who has the port, or whose service does: what `reuse why` says is to be stopped is stopped,
# and the port can be had.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# server PORT: what a service executes.
server() { printf '%s -c "import socket, time; s = socket.create_server((\\"127.0.0.1\\", %d)); time.sleep(600)"' "$python" "$1"; }

# _inside COMMAND: a shell's words, run beside the units in $tmp/units, as capture does.
_inside() {
	need python3 unshare nsenter ip
	capture sh "$lib/with_systemd.sh" "$tmp/units" sh -c "$1" - "$python" "$lib" "$REUSE"
	[ "$status" != 77 ] || skip "no systemd can be started here"
	is status "$status" 0
}

# _unit NAME LINE...: a unit file.
_unit() {
	mkdir -p "$tmp/units"
	unit=$1; shift
	printf '%s\n' "$@" >"$tmp/units/$unit"
}

a_socket_unit_is_stopped_with_its_service_or_without() {
	beyond_posix "way to see who holds a port"
	_unit web.socket '[Socket]' 'ListenStream=127.0.0.1:8080'
	_unit web.service '[Service]' "ExecStart=$python -c \"import time; time.sleep(600)\""
	_unit test.target '[Unit]' 'Wants=web.socket'
	_inside 'set -e
		"$1" "$2/paste.py" "$3" 127.0.0.1 8080
		systemctl start web.socket
		"$1" -c "import socket; socket.create_connection((\"127.0.0.1\", 8080))"
		i=0; until systemctl is-active -q web.service || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		"$1" "$2/paste.py" "$3" 127.0.0.1 8080'
	has run.out '^unit web.socket container none$'
	has run.out '^stop systemctl stop web.socket$'
	has run.out '^stop systemctl stop web.socket web.service$'
	is "binds that were refused" "$(count run.out '^E')" 0
	is "binds that were not" "$(count run.out '^ok$')" 2
}

what_systemd_keeps_for_a_service_goes_with_that() {
	beyond_posix "way to see who holds a port"
	printf '%s\n' 'import array, os, socket, time' 's = socket.create_server(("127.0.0.1", 8084))' \
		'n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)' 'n.connect(os.environ["NOTIFY_SOCKET"])' \
		'n.sendmsg([b"FDSTORE=1\nFDNAME=x"], [(1, 1, array.array("i", [s.fileno()]))])' 'n.send(b"READY=1")' 'time.sleep(600)' >"$tmp/stores.py"
	_unit stores.service '[Service]' 'Type=notify' 'FileDescriptorStoreMax=1' "ExecStart=$python $tmp/stores.py"
	_unit each.socket '[Socket]' 'ListenStream=127.0.0.1:8085' 'Accept=yes'
	_unit each@.service '[Service]' 'StandardInput=socket' "ExecStart=$python -c \"import time; time.sleep(600)\""
	_unit test.target '[Unit]' 'Wants=stores.service each.socket'
	_inside 'set -e
		systemctl start stores.service
		"$1" "$2/paste.py" "$3" 127.0.0.1 8084
		"$1" -c "import socket, time; s = socket.create_connection((\"127.0.0.1\", 8085)); s.recv(1)" &
		i=0; until systemctl is-active -q "each@*.service" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		systemctl stop each.socket
		"$3" why 127.0.0.1:8085 || :'
	has run.out '^stop systemctl stop stores.service$'
	is "binds that were not refused" "$(count run.out '^ok$')" 1
	has run.out '^- stop what has it: systemctl stop each@0-127.0.0.1:8085-127.0.0.1:[0-9]*.service; .* [(]inferred[)]$'
	lacks run.out 'process 1'
}

an_ordinary_user_is_told_to_stop_what_a_socket_unit_has_started_too() {
	beyond_posix "way to see who holds a port"
	_unit web.socket '[Socket]' 'ListenStream=127.0.0.1:8080' 'Service=other.service'
	_unit other.service '[Service]' "ExecStart=$python -c \"import time; time.sleep(600)\""
	_unit test.target '[Unit]' 'Wants=web.socket'
	_inside 'set -e
		"$1" -c "import socket; socket.create_connection((\"127.0.0.1\", 8080))"
		i=0; until systemctl is-active -q other.service || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		setpriv --reuid 65534 --regid 65534 --clear-groups "$3" why 127.0.0.1:8080 >/tmp/said || :
		cat /tmp/said
		stop=$(sed -n "s/^- stop what has it, all of it: \\(.*\\) (inferred)$/\\1/p" /tmp/said)
		eval "$stop"
		"$1" "$2/paste.py" "$3" 127.0.0.1 8080'
	has run.out '^- stop what has it, all of it: systemctl stop web.socket; systemctl stop [$][(]systemctl show -p Triggers --value web.socket[)] [(]inferred[)]$'
	is "binds that were not refused" "$(count run.out '^ok$')" 1
	is "what was left to stop" "$(count run.out '^stop ')" 0
}

a_service_that_is_started_again_is_stopped_by_its_unit() {
	beyond_posix "way to see who holds a port"
	_unit again.service '[Service]' "ExecStart=$(server 8081)" 'Restart=always' 'RestartSec=0'
	_unit 'a\x2db@.service' '[Service]' "ExecStart=$(server 8082)" 'Restart=always' 'RestartSec=0' 'Delegate=yes'
	_unit test.target '[Unit]' 'Wants=again.service a\x2db@c.service'
	_inside 'set -e
		for port in 8081 8082; do
			i=0; until "$3" why -q 127.0.0.1:$port | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
			"$1" "$2/paste.py" "$3" 127.0.0.1 $port
		done'
	has run.out '^stop systemctl stop again.service$'
	has run.out "^stop systemctl stop 'a\\\\x2db@c.service'\$"
	is "binds that were not refused" "$(count run.out '^ok$')" 2
}

a_script_that_has_a_terminal_is_its_units_own() {
	beyond_posix "way to see who holds a port"
	printf '%s\n' 'import socket, time' 's = socket.create_server(("127.0.0.1", 8086))' 'time.sleep(600)' >"$tmp/serves.py"
	_unit typed.service '[Service]' 'StandardInput=tty-force' 'TTYPath=/dev/typed' 'Restart=always' 'RestartSec=0' \
		"ExecStart=/bin/sh -c '$python $tmp/serves.py; true'"
	_unit test.target '[Unit]' 'Description=nothing'
	_inside 'set -e
		"$1" -c "import os, time; t = os.openpty(); os.symlink(os.ttyname(t[1]), \"/dev/typed\"); time.sleep(60)" &
		i=0; until [ -e /dev/typed ] || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		systemctl start typed.service
		i=0; until "$3" why -q 127.0.0.1:8086 | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		"$1" "$2/paste.py" "$3" 127.0.0.1 8086'
	has run.out '^stop systemctl stop typed.service$'
	is "binds that were not refused" "$(count run.out '^ok$')" 1
}

a_scope_is_a_unit_and_an_ordinary_user_is_told_it() {
	beyond_posix "way to see who holds a port"
	_unit test.target '[Unit]' 'Description=nothing'
	_inside 'set -e
		systemd-run -q --scope --unit job "$1" -c "import socket, time; s = socket.create_server((\"127.0.0.1\", 8083)); time.sleep(600)" &
		i=0; until "$3" why -q 127.0.0.1:8083 | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		setpriv --reuid 65534 --regid 65534 --clear-groups "$3" why --json 127.0.0.1:8083 | grep "\"holder\"" || :
		"$1" "$2/paste.py" "$3" 127.0.0.1 8083'
	has run.out '"unit":"job.scope","container":null,"pids":\[\]'
	has run.out '^stop systemctl stop job.scope$'
	has run.out '^ok$'
}

keep_promises
