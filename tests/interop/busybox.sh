#!/bin/sh
# busybox nc as the peer.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

_need_nc() {
	need busybox
	busybox --list | grep -qx nc || skip "busybox without nc"
}

ten_megabytes_there_and_back() {
	_need_nc
	serve server 0 127.0.0.1
	there_and_back busybox nc 127.0.0.1 "$port"
}

a_server_for_connect() {
	_need_nc
	busybox nc --help 2>&1 | grep -q -e '-ll' || skip "busybox nc without -ll"
	on_a_free_port server busybox nc -ll -p PORT -e cat
	heartbeats_and_megabytes
}

keep_promises
