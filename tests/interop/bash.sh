#!/bin/sh
# bash's /dev/tcp as the peer: it cannot half-close, so it reads as much as it sent.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

_need_dev_tcp() {
	need bash
	serve probe -q 0 127.0.0.1
	bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null || skip "bash without /dev/tcp"
}

ten_megabytes_there_and_back() {
	_need_dev_tcp
	ten_megabytes
	serve server 0 127.0.0.1
	# shellcheck disable=SC2016 # bash expands it
	timeout 30 bash -c '
		exec 3<>"/dev/tcp/127.0.0.1/$1"
		cat "$2" >&3 &
		head -c 10000000 <&3 >"$3"
		wait' bash "$port" "$tmp/data" "$tmp/back" || fail "bash failed"
	same_back
	echoed_all
}

a_line_comes_back() {
	_need_dev_tcp
	serve server 0 127.0.0.1
	# shellcheck disable=SC2016
	capture bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; echo "a line" >&3; read -r -t 10 line <&3; echo "$line"' bash "$port"
	is "the line" "$(cat "$tmp/run.out")" "a line"
}

keep_promises
