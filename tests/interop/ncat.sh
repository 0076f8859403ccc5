#!/bin/sh
# ncat as the peer.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

ten_megabytes_there_and_back() {
	need ncat
	serve server 0 127.0.0.1
	there_and_back ncat 127.0.0.1 "$port"
}

a_server_for_connect() {
	need ncat
	on_a_free_port server ncat -lk 127.0.0.1 PORT -e /bin/cat
	heartbeats_and_megabytes
}

keep_promises
