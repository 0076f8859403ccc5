#!/bin/sh
# shellcheck disable=SC2154,SC3045,SC2120 # lib.sh sets status and tmp; ulimit -n is in every sh that runs this
# `reuse rules`: the tables of this kernel, measured.
. "$(dirname "$0")/../../lib/lib.sh"

_other_user() { # COMMAND...: as nobody, where that can be
	if [ "$(id -u)" -eq 0 ]; then
		command -v setpriv >/dev/null || skip "setpriv is not installed"
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# _ephemeral_known: whether ten ports in a row were free; on a crowded machine they are not.
_ephemeral_known() { ! grep -q 'network namespace' "$tmp/run.out"; }

the_tables_are_those_of_linux() {
	[ "$(uname)" = Linux ] || skip "the tables expected are those of Linux"
	[ "$(id -u)" -eq 0 ] || skip "only root sees what another user may"
	# Linux 6.1 to 6.8 let :: v6only and ::ffff:127.0.0.1 disagree with the rule: ea111449501e, "tcp: Fix
	# bind() regression for v6-only wildcard and v4-mapped-v6 non-wildcard addresses".
	since 6.9
	# Where nobody else takes ports, if there is such a place.
	apart=
	if (need network) >/dev/null; then need network; fi
	if [ "$apart" = 'unshare -n' ]; then
		# shellcheck disable=SC2016 # the inner shell expands it
		capture $apart sh -c 'ip link set lo up && exec "$0" rules' "$REUSE"
	else
		run rules
	fi
	is status "$status" 0
	silent run.err
	without= # the fourth table, where it could not be measured
	_ephemeral_known || without='/^4\./,$d'
	sed -e '1s/ on .*/ on SYSTEM/' -e "$without" "$tmp/run.out" >"$tmp/seen"
	sed -e "$without" "$here/expect/rules.linux.out" >"$tmp/wanted"
	diff "$tmp/wanted" "$tmp/seen" >"$tmp/diff.out" || fail "the kernel differs (wanted <, seen >)"
	[ -z "$without" ] || skip "tables 1 to 3 are as wanted; $(grep 'not measured' "$tmp/run.out")"
}

it_fits_eighty_columns() {
	run rules
	is 'longest line' "$(awk 'length > 79 || / $/' "$tmp/run.out")" ''
	run rules -h
	is 'longest line' "$(awk 'length > 80' "$tmp/run.out")" ''
}

the_json_agrees_with_itself() {
	need python3
	run rules --json
	is status "$status" 0
	events run.out
	"$python" - "$tmp/run.out" >"$tmp/python.out" 2>&1 <<-'END' || fail "not as promised"
		import collections, json, os, sys
		start, *cells, summary = map(json.loads, open(sys.argv[1]))
		assert start["command"] == "rules", start
		assert all(c["event"] == "cell" for c in cells)
		tables = collections.Counter(c["table"] for c in cells)
		assert list(tables) == ["overlap", "bind", "then", "ephemeral", "beside"], tables
		assert tables["overlap"] == 64 and tables["bind"] == 48 and tables["beside"] == 32, tables
		for c in cells:
		    assert ("state" in c) == (c["table"] == "bind"), c
		    known = not c["observed"].startswith("not measured")
		    assert c["agrees"] == (c["observed"] == c["rule"]) or not known, c
		    assert c["agrees"] and (c["steps"] or not known), c
		unknown = sum(c["observed"].startswith("not measured") for c in cells)
		assert summary["cells"] == len(cells) and summary["differ"] == 0, summary
		assert summary["not_measured"] == unknown, summary
		here = os.uname()
		assert (summary["system"], summary["release"]) == (here.sysname, here.release), summary
	END
}

an_ordinary_user_sees_it_too() {
	_other_user "$REUSE" rules >"$tmp/run.out" 2>"$tmp/run.err" || fail "status $?"
	silent run.err
	has run.out '^uid\? in 7 cells: the same user may; another: not measured \(needs CAP_SETUID\)$'
	lacks run.out '!$'
}

nothing_differs_from_its_own_file() {
	"$REUSE" rules --json >"$tmp/a" || fail "status $?"
	run rules --diff "$tmp/a"
	is status "$status" 0
	has run.out 'nothing differs from '
	_other_user "$REUSE" rules --json >"$tmp/b" || fail "status $?"
	run rules --diff "$tmp/b"
	is status "$status" 0
}

blank_lines_and_a_byte_order_mark_are_passed_over() {
	"$REUSE" rules --json >"$tmp/a" || fail "status $?"
	{ printf '\357\273\277'; sed 's/$/\r/; s/^/ /; 3s/^/\n\n  \n/' "$tmp/a"; echo; } >"$tmp/b"
	run rules --diff "$tmp/b"
	silent run.err
	is status "$status" 0
}

a_difference_is_shown_with_its_steps() {
	"$REUSE" rules --json >"$tmp/a" || fail "status $?"
	sed '/"row":"A","column":"A","state":"open"/s/"observed":"ok"/"observed":"no"/' "$tmp/a" >"$tmp/b"
	run rules --diff "$tmp/b"
	is status "$status" 1
	has run.out '^  bind open, row A, column A:$'
	has run.out '^    here ok, there no$'
	has run.out '^    b bind 127.0.0.1:P reuseaddr$'
	has run.out ' 1 differ from '
	run rules --json --diff "$tmp/b"
	is status "$status" 1
	has run.out '"event":"summary".*"differ":1,'
}

steps_can_be_tried() {
	need python3
	run rules --json
	"$python" - "$tmp/run.out" >"$tmp/steps" <<-'END'
		import json, sys
		for cell in map(json.loads, open(sys.argv[1])):
		    if cell.get("table") == "then" and cell["column"] == "A":
		        print("\n".join(cell["steps"]) + "\n")
	END
	status=0
	timeout 20 "$REUSE" try - <"$tmp/steps" >"$tmp/run.out" || status=$?
	is results "$(sed -n 's/.*  \(E.*\)/\1/p' "$tmp/run.out" | paste -sd ' ' -)" 'EADDRINUSE EADDRINUSE EADDRNOTAVAIL'
}

what_a_file_says_is_fit_for_a_terminal() {
	printf '{"event":"cell","table":"bind","row":"A","column":"A","state":"open","observed":"%s"}\n' \
		"$(printf '\\u001b[31m\200%080d' 0)" >"$tmp/b"
	run rules --diff "$tmp/b"
	is status "$status" 1
	has run.out '^    here ok, there \\x1b\[31m\\x80000*\.\.\.$'
	is 'longest line' "$(awk 'length > 79 && !/ differ from /' "$tmp/run.out")" ''
}

differences_fit_eighty_columns() {
	"$REUSE" rules --json >"$tmp/a" || fail "status $?"
	sed 's/"observed":"[^"]*"/"observed":"connect:EADDRNOTAVAILABLE"/' "$tmp/a" >"$tmp/b"
	run rules --diff "$tmp/b"
	is status "$status" 1
	is 'longest line' "$(awk 'length > 79 && !/ differ from /' "$tmp/run.out")" ''
}

a_file_that_is_none_is_told() {
	run rules --diff "$tmp/nosuchfile"
	is status "$status" 1
	has run.err 'No such file or directory \(ENOENT\)$'
	echo 'not json' >"$tmp/file"
	run rules --diff "$tmp/file"
	is status "$status" 2
	has run.err 'line 1: not a JSON object'
	echo '{"event":"start"}' >"$tmp/file"
	run rules --diff "$tmp/file"
	is status "$status" 2
	silent run.out
	echo '{"event":"start","command":"try"}' >"$tmp/file"
	run rules --diff "$tmp/file"
	is status "$status" 2
	has run.err "line 1: the output of a command other than 'reuse rules --json'$"
	echo '{"event":"cell","table":"bind","row":"X","column":"A","state":"open","observed":"ok"}' >"$tmp/file"
	run rules --diff "$tmp/file"
	is status "$status" 2
	has run.err ": no cells of 'reuse rules --json' in it$"
	run rules --json --diff "$tmp"
	is status "$status" 1
	has run.err "^reuse rules: read '.*': Is a directory \\(EISDIR\\)$"
	like first "$(sed -n 1p "$tmp/run.out")" '"event":"start"'
	is lines "$(lines run.out)" 2
	run rules surplus
	is status "$status" 2
}

within_five_seconds_and_nothing_is_left() {
	need network ss
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		timeout 5 "$REUSE" rules >"$1/run.out" || echo "status $?" >"$1/bad.out"
		ss -tanH >"$1/tcp.out"
		ss -uanH >"$1/udp.out"
	END
	$apart sh "$tmp/inside.sh" "$tmp"
	: >>"$tmp/bad.out"
	silent bad.out
	silent tcp.out
	silent udp.out
}

a_crowded_machine_gets_a_network_apart() {
	beyond_posix "network namespaces"
	need network
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		echo 32768 32772 >/proc/sys/net/ipv4/ip_local_port_range || exit 77
		"$REUSE" rules >"$1/run.out"
	END
	$apart sh "$tmp/inside.sh" "$tmp" 2>"$tmp/inside.err" || skip "no range of ports can be set here"
	has run.out '^  connect alone       10                20$'
	has run.out '^  bind -              10                10$'
}

ten_ports_in_a_row_are_those_that_are_held() {
	beyond_posix "option for a range of ports"
	since 6.3
	need network python3
	# Ports 40089 to 40098 are free, below every second one: the search ends there wherever it begins.
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		echo 40000 40099 >/proc/sys/net/ipv4/ip_local_port_range || exit 77
		exec "$2" -c 'import socket, subprocess, sys
		held = []
		for port in [*range(40000, 40089, 2), 40099]:
		    held.append(socket.socket())
		    held[-1].bind(("127.0.0.1", port))
		sys.exit(subprocess.call([sys.argv[1], "rules", "--json"], stdout=open(sys.argv[2] + "/run.out", "w")))' "$REUSE" "$1"
	END
	status=0
	$apart sh "$tmp/inside.sh" "$tmp" "$python" 2>"$tmp/inside.err" || status=$?
	[ "$status" != 77 ] || skip "no range of ports can be set here"
	is status "$status" 0
	has run.out '"table":"ephemeral","row":"connect alone","column":"two",.*"observed":"20".* port-range=40089-40098"'
	is ranges "$(grep -o 'port-range=[0-9-]*' "$tmp/run.out" | sort -u)" port-range=40089-40098
}

what_the_administrator_has_set_is_in_the_rule() {
	beyond_posix "settings of Linux's"
	need network proc
	for setting in ipv4/tcp_max_tw_buckets=0 ipv4/tcp_timestamps=0 ipv6/bindv6only=1; do
		# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
		capture $apart sh -c 'ip link set lo up; echo "${2#*=}" >"/proc/sys/net/${2%=*}" || exit 77
			exec "$1" rules' - "$REUSE" "$setting"
		[ "$status" != 77 ] || skip "net/$setting cannot be set"
		has run.out '^[0-9]+ cells measured, all as documented for Linux$'
	done
}

an_administrator_who_lets_bind_reuse_ports_is_in_the_rule() {
	beyond_posix "option for a range of ports"
	need network
	need proc
	[ "$(id -u)" -eq 0 ] || skip "may not set net.ipv4.ip_autobind_reuse"
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		echo 1 >/proc/sys/net/ipv4/ip_autobind_reuse
		"$REUSE" rules >"$1/run.out" || echo "status $?" >>"$1/bad.out"
		"$REUSE" rules --json >"$1/json" || echo "status $?" >>"$1/bad.out"
		"$REUSE" rules --diff "$1/json" >"$1/diff.out" || echo "status $?" >>"$1/bad.out"
	END
	: >"$tmp/bad.out"
	$apart sh "$tmp/inside.sh" "$tmp"
	silent bad.out
	has run.out '^  bind A              10                10 to 20$'
	has run.out '^  bind AP             10                10$'
	has diff.out 'nothing differs from '
}

# _apart COMMAND: `reuse rules --explain` in a network of its own, after COMMAND there.
_apart() {
	need network
	status=0
	$apart sh -c "$1"'; exec timeout 5 "$0" rules --explain' "$REUSE" \
		>"$tmp/run.out" 2>"$tmp/run.err" || status=$?
}

a_loopback_that_drops_everything_takes_no_longer() {
	_apart 'ip link set lo up; ip link set lo down'
	is status "$status" 1
	has run.out ': not measured \(connect ETIMEDOUT\)$'
	has run.out ' cells measured, all as documented'
	lacks run.out '^uid\? in .* ETIMEDOUT'
}

no_loopback_is_no_difference() {
	_apart :
	is status "$status" 1
	has run.out ': not measured \(connect ENETUNREACH\)$'
	has run.out ' cells measured, all as documented'
}

an_address_that_is_missing_is_no_difference() {
	_apart 'ip link set lo up; ip addr del 127.0.0.1/8 dev lo'
	is status "$status" 1
	has run.out ': not measured \(bind EADDRNOTAVAIL\)$'
	has run.out ' cells measured, all as documented'
}

what_cannot_be_measured_is_asked_once() {
	_apart :
	[ -e /proc/net/if_inet6 ] || skip "no IPv6 here"
	is 'binds to [::1]' "$(count run.err '^bind\([0-9]+, \[::1\]:')" 15
}

what_there_are_no_descriptors_for_is_not_measured() {
	beyond_posix "option for a range of ports"
	need network
	# shellcheck disable=SC2016 # the inner shell expands it
	capture $apart sh -c 'ip link set lo up; ulimit -n 16; exec "$0" rules' "$REUSE"
	is status "$status" 1
	silent run.err
	has run.out '^\? in 12 cells: not measured \(socket EMFILE\)$'
	has run.out ' cells measured, all as documented'
	# shellcheck disable=SC2016 # the inner shell expands it
	capture $apart sh -c 'ip link set lo up; ulimit -n 30; exec "$0" rules' "$REUSE"
	is status "$status" 1
	has run.out '^\? in 6 cells: not measured \(socket EMFILE\)$'
	lacks run.out 'network namespace'
}

# _interrupted ARGUMENT...
_interrupted() {
	# It cannot end before: its calls are more than a pipe holds, of which one line is read.
	mkfifo "$tmp/rules.err"
	interruptible rules "$REUSE" rules --explain "$@"
	exec 3<"$tmp/rules.err"
	read -r call <&3
	like "the first call" "$call" '^socket'
	tell rules INT
	cat <&3 >"$tmp/calls"
	ended rules
	is status "$status" 130
}

an_interrupt_ends_it() {
	_interrupted
	has rules.out '^interrupted: [0-9]+ of [0-9]+ cells measured, [0-9]+ differ$'
	is 'lines' "$(lines rules.out)" 1
}

an_interrupt_ends_json_with_its_summary() {
	_interrupted --json
	is 'lines' "$(lines rules.out)" 2
	like 'the last line' "$(tail -n 1 "$tmp/rules.out")" '"event":"summary",.*"cells":[0-9]+,"differ":0,"not_measured":[1-9]'
}

keep_promises
