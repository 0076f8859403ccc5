#!/bin/sh
# OpenBSD's netcat as the peer.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

ten_megabytes_there_and_back() {
	need nc.openbsd
	serve server 0 127.0.0.1
	there_and_back nc.openbsd -N 127.0.0.1 "$port"
}

keep_promises
