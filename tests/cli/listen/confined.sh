#!/bin/sh
# `reuse listen` gives up what it does not need. What a confined process cannot do, call by call:
# tests/unit/test_sandbox.c; that all of listen works so: every other test here.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# field PID NAME: of /proc/PID/status.
_field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }

# _children NAME: pids of the workers.
_children() { cat "/proc/$(pid_of "$1")/task/$(pid_of "$1")/children"; }
_has_children() { [ "$(_children "$1" | wc -w)" -eq "$2" ]; }
_has_filters() { [ "$(_field "$1" Seccomp_filters)" = "$2" ]; }

# Serves, and skips where this kernel or build cannot confine; what is missing is told under -v.
_serve_confined() {
	[ -r /proc/self/status ] || skip "no /proc here"
	serve server 0 127.0.0.1 -v "$@"
	if grep -q 'sandbox: without' "$tmp/server.err"; then
		skip "$(grep 'sandbox: without' "$tmp/server.err")"
	fi
}

nothing_more_is_to_be_had_once_it_listens() {
	_serve_confined
	is NoNewPrivs "$(_field "$(pid_of server)" NoNewPrivs)" 1
	is Seccomp "$(_field "$(pid_of server)" Seccomp)" 2
	silent server.err
}

so_it_is_with_each_worker_and_the_first_process() {
	_serve_confined -w 2
	before=$(_field self Seccomp_filters)
	[ -n "$before" ] || skip "this kernel does not count filters"
	await 5 _has_children server 2 || fail "no two workers"
	is "filters of the first" "$(_field "$(pid_of server)" Seccomp_filters)" $((before + 1))
	for pid in $(_children server); do
		await 5 _has_filters "$pid" $((before + 2)) ||
			fail "filters of worker $pid: $(_field "$pid" Seccomp_filters)"
		is "NoNewPrivs of $pid" "$(_field "$pid" NoNewPrivs)" 1
	done
}

root_keeps_no_capability() {
	[ "$(id -u)" = 0 ] || skip "only root has any"
	_serve_confined "$@"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$set" "$(_field "$(pid_of server)" $set)" 0000000000000000
	done
}

nor_does_who_becomes_somebody_else() {
	[ "$(id -u)" = 0 ] || skip "only root can become someone else"
	id -u nobody >/dev/null 2>&1 || skip "no user nobody here"
	root_keeps_no_capability -u nobody
	is Uid "$(_field "$(pid_of server)" Uid | cut -f 1)" "$(id -u nobody)"
	is Groups "$(_field "$(pid_of server)" Groups | tr -d ' ')" "$(id -G nobody | tr -d ' ')"
}

inherited_descriptors_are_closed() {
	[ -d /proc/self/fd ] || skip "no /proc here"
	# shellcheck disable=SC2016
	spawn server sh -c 'exec 3</dev/null 7<&3 9>"$2"; exec "$1" listen 0 127.0.0.1' sh "$REUSE" "$tmp/left"
	await_listening server
	for fd in 3 7 9; do
		[ ! -e "/proc/$(pid_of server)/fd/$fd" ] ||
			! readlink "/proc/$(pid_of server)/fd/$fd" | grep -Eq "left|null" || fail "descriptor $fd is still open"
	done
}

no_sandbox_leaves_all_as_it_was() {
	[ -r /proc/self/status ] || skip "no /proc here"
	serve server 0 127.0.0.1 --no-sandbox -v
	for name in NoNewPrivs Seccomp CapEff CapBnd; do
		is $name "$(_field "$(pid_of server)" $name)" "$(_field self $name)"
	done
	silent server.err
}

# strace plays a kernel that lacks one of its walls: the others stand all the same.
what_the_kernel_lacks_is_told_in_one_line_under_v() {
	need strace
	[ "$(uname)" = Linux ] || skip "not Linux"
	_serve_confined
	for row in 'seccomp:seccomp' 'landlock_create_ruleset:Landlock' 'capset:giving up capabilities'; do
		for verbose in "" -v; do
			name=${row%%:*}$verbose
			# shellcheck disable=SC2086 # none or one
			spawn "$name" strace -D -o /dev/null -e "inject=${row%%:*}:error=ENOSYS" \
				"$REUSE" listen 0 127.0.0.1 $verbose
			await_listening "$name"
			is "NoNewPrivs without $name" "$(_field "$(pid_of "$name")" NoNewPrivs)" 1
			stop "$name"
			is "status without $name" "$status" 0
			is "complaint without $name" "$(cat "$tmp/$name.err")" \
				"${verbose:+reuse listen: sandbox: without ${row#*:} (Function not implemented)}"
		done
	done
}

a_killed_worker_is_replaced_by_a_confined_one() {
	_serve_confined -w 1
	await 5 _has_children server 1 || fail "no worker"
	old=$(_children server)
	kill -s KILL "${old% }"
	await_line server.err 'another one takes its place' 5
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0
	is status "$status" 0
	new=$(_children server)
	[ "$new" != "$old" ] || fail "worker $old goes on"
	is Seccomp "$(_field "${new% }" Seccomp)" 2
	stop server
	has server.out '^1 connections, 4 bytes echoed'
}

# Their names can be had by a new socket only: they are noted before.
interfaces_keep_their_names() {
	need ip unshare
	[ "$(uname)" = Linux ] || skip "not Linux"
	unshare -rn true 2>/dev/null || skip "no private network namespace here"
	cat >"$tmp/inside.sh" <<'INSIDE'
set -e
ip link set lo up
ip link add tail0 type veth peer name tail1
ip link set tail0 up; ip link set tail1 up
ip -6 addr add fe80::7/64 dev tail0 nodad
"$REUSE" listen -6 0 ::  >"$1" 2>&1 &
server=$!
tries=200
until grep -q '^listening' "$1" || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 0.025; done
port=$(sed -n 's/^listening on .*:\([0-9]*\) .*/\1/p' "$1")
"$REUSE" connect -6 fe80::7%tail0 0 fe80::7%tail0 "$port" -c 1 || echo "connect: $?"
kill "$server"
wait "$server"
INSIDE
	ip link show >/dev/null 2>&1 || skip "ip does not work here"
	capture unshare -rn sh "$tmp/inside.sh" "$tmp/server.out"
	grep -q 'Operation not\|Unknown device type' "$tmp/run.err" && skip "no veth interface here"
	has server.out '^\+ \[fe80::7%tail0\]:[0-9]+$'
}

keep_promises
