#!/bin/sh
# ctest: timeout=120 os=Linux
# Supervisors that start again what ends: each is asked to stop the service that has the port, in words to paste.
# shellcheck disable=SC2016,SC2031,SC2154,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# _supervised PROGRAM TOOL [ARG]: the service in "$tmp/we b", started by PROGRAM ARG (that folder), has 127.0.0.1:8090 of a
# network of its own; what `reuse why` says is to be stopped is pasted.
_supervised() {
	beyond_posix "way to see who holds a port"
	need python3 unshare ip "$1" "$2"
	[ "$(id -u)" = 0 ] || skip "needs root"
	mkdir -p "$tmp/we b"
	cat >"$tmp/we b/run" <<-EOF
		#!/bin/sh
		exec $python -c 'import socket, time; s = socket.create_server(("127.0.0.1", 8090)); time.sleep(600)'
	EOF
	chmod +x "$tmp/we b/run"
	capture unshare -n --kill-child sh -c 'ip link set lo up
		python=$1 lib=$2 reuse=$3; shift 3
		"$@" >/dev/null 2>&1 & supervisor=$!
		i=0; until "$reuse" why -q 127.0.0.1:8090 | grep -q "in use" || [ $i -ge 200 ]; do i=$((i + 1)); sleep 0.05; done
		"$python" "$lib/paste.py" "$reuse" 127.0.0.1 8090
		kill $supervisor; wait $supervisor' - "$python" "$lib" "$REUSE" "$1" "${3-$tmp/we b}"
}

runit_is_asked_to_stop_it() {
	_supervised runsv sv
	has run.out "^stop sv stop '.*/we b'\$"
	has run.out '^ok$'
}

s6_is_asked_to_stop_it() {
	_supervised s6-supervise s6-svc
	has run.out "^stop s6-svc -d '.*/we b'\$"
	has run.out '^ok$'
}

daemontools_is_asked_to_stop_it() {
	_supervised supervise svc
	has run.out "^stop svc -d '.*/we b'\$"
	has run.out '^ok$'
}

supervisord_is_asked_to_stop_it() {
	cat >"$tmp/supervisord.conf" <<-EOF
		[supervisord]
		nodaemon=true
		logfile=$tmp/log
		pidfile=$tmp/pid
		[unix_http_server]
		file=$tmp/socket
		[rpcinterface:supervisor]
		supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
		[supervisorctl]
		serverurl=unix://$tmp/socket
		[program:web]
		command="$tmp/we b/run"
		process_name=one
		autorestart=true
	EOF
	cd "$tmp" || fail "no $tmp" # where supervisorctl looks first
	_supervised supervisord supervisorctl "--configuration=$tmp/supervisord.conf"
	has run.out '^stop supervisorctl stop web:one$'
	has run.out '^ok$'
}

keep_promises
