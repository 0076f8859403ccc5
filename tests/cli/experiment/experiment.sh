#!/bin/sh
# ctest: timeout=300
# `reuse experiment`: each comes out as expected, and leaves nothing behind.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _comes_out NUMBER: as who runs the tests, and as an ordinary user too.
_comes_out() {
	[ "$(uname)" = Linux ] || skip "the facts are those of Linux"
	experiment_py judge "$1"
	cat "$tmp/judge.out"
	[ "$(id -u)" = 0 ] || return 0
	# By a shell: setpriv itself still has the right to search every folder.
	# shellcheck disable=SC2016
	setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '"$1" --version' sh "$REUSE" >/dev/null 2>&1 ||
		skip "an ordinary user cannot run $REUSE"
	experiment_py judge "$1" user
	cat "$tmp/judge.out"
}

two_addresses() { _comes_out 1; }
one_server() { _comes_out 2; }
two_ports() { _comes_out 3; }
same_tuple() { _comes_out 4; }
time_wait() { _comes_out 5; }
spread() { _comes_out 6; }
handover() { _comes_out 7; }
self_connect() { _comes_out 8; }
simultaneous_open() { _comes_out 9; }
punch() { _comes_out 10; }
wildcard() { _comes_out 11; }
ephemeral() { _comes_out 12; }
bind_cost() { _comes_out 13; }
backlog() { _comes_out 14; }

keep_promises
