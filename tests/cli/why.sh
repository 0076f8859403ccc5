#!/bin/sh
# `reuse why PORT`: each kind of holder made for real, recognised, and what the verdict advises
# then done.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

[ -r /proc/self/net/tcp ] || { echo "skip: this system does not tell who holds a port"; exit 77; }

nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

# _hold KIND [OPTION...]: a holder in the background: $port, $holder (its pid).
_hold() {
	need python3
	spawn holder "$python" "$cli/holders.py" "$@"
	await 10 test -s "$tmp/holder.out" || fail "no holder $*"
	port=$(cat "$tmp/holder.out")
	holder=$(pid_of holder)
}

# _take ADDR PORT [OPTION...]: what bind and listen there say.
_take() { "$python" "$cli/holders.py" take "$@"; }

# _ask STATUS WORD...: `reuse why --json WORD...` into $tmp/events.
_ask() {
	wanted=$1; shift
	run why --json "$@"
	is "status of why $*" "$status" "$wanted"
	silent run.err
	events run.out
}

# stop_helps: the holder is stopped as advised, and the port can be had.
_stop_helps() {
	has events "^verdict .*stop python3\\[$holder\\]"
	tell holder KILL
	ended holder
	is "bind after the holder was stopped" "$(_take 127.0.0.1 "$port")" ok
}

# _tried [ADDR]: what was tried is what bind and listen say to another process.
_tried() {
	for tried in "" reuseaddr reuseport "reuseaddr reuseport"; do
		# shellcheck disable=SC2086 # none to two words
		names=$(printf '"SO_%s", ' $tried | tr '[:lower:]' '[:upper:]')
		[ -n "$tried" ] || names=
		said=$(sed -n "s/^probe local=\"${1:-127.0.0.1}:$port\" options=\\[${names%, }\\] result=\"\\([A-Za-z]*\\)\" .*/\\1/p" "$tmp/events")
		# shellcheck disable=SC2086
		is "bind with '$tried'" "$(_take "${1:-127.0.0.1}" "$port" $tried)" "$said"
	done
}

# _holds REGEX: a holder of that process, in the order of the keys: local note options peer pids
# seconds_left state uid user.
_holds() { has events "^holder .*$1"; }
_advised() { has events "^verdict .*text=\"[^\"]*$1"; }

a_port_that_nobody_holds_can_be_had() {
	_hold listener
	tell holder KILL
	ended holder
	_ask 0 "127.0.0.1:$port"
	lacks events '^holder'
	is "binds that went well" "$(count events '^probe .*result="ok"')" 4
	has events '^verdict basis="observed" text="127.0.0.1:[0-9]+ can be bound with no option at all'
	_ask 0 "$port"
	is "binds to both wildcards" "$(count events '^probe local="(0.0.0.0|\[::\]):[0-9]+" .*result="ok"')" 8
	_ask 0 ":$port"
	_ask 0 -4 "$port"
	is "binds with -4" "$(count events '^probe local="0.0.0.0:')" 4
}

a_listener_is_named_with_its_options() {
	for set in "" reuseaddr reuseport "reuseaddr reuseport"; do
		rm -f "$tmp"/holder.*
		# shellcheck disable=SC2086 # none to two words
		_hold listener $set
		names=
		case $set in *reuseaddr*) names='"SO_REUSEADDR"' ;; esac
		case $set in *reuseport*) names="${names:+$names, }\"SO_REUSEPORT\"" ;; esac
		_ask 1 "127.0.0.1:$port"
		is holders "$(count events '^holder')" 1
		_holds "local=\"127.0.0.1:$port\" .*options=\\[$names\\] peer=null pids=\\[\\{\"pid\": $holder, \"program\": \"python[^\"]*\"\\}\\] seconds_left=null state=\"LISTEN\" .*uid=$(id -u) user=\"$(id -un)\"$"
		_tried
		case $set in
		*reuseport*) _advised 'SO_REUSEPORT on your socket' ;;
		*)
			lacks events '^verdict .*SO_REUSEPORT on your socket'
			_advised "python3\\[$holder\\] would have to set SO_REUSEPORT too"
			_stop_helps
			;;
		esac
		tell holder KILL
		ended holder
	done
}

what_both_should_set_helps_once_both_have_it() {
	_hold listener reuseport
	is "bind with SO_REUSEPORT on both" "$(_take 127.0.0.1 "$port" reuseport)" ok
}

a_socket_that_is_only_bound_is_seen() {
	_hold bound
	_ask 1 "127.0.0.1:$port"
	! grep -q 'this kernel lists none' "$tmp/events" || skip "this kernel lists no bound-only sockets (Linux 6.8 does)"
	_holds "state=\"BOUND\""
	_holds "\"pid\": $holder,"
	_tried
	_advised "would have to set SO_REUSEADDR too"
	_stop_helps
}

a_bound_socket_shares_by_reuseaddr() {
	_hold bound reuseaddr
	_ask 1 "127.0.0.1:$port"
	_advised 'SO_REUSEADDR on your socket'
	_tried
}

connections_stand_beside_their_listener() {
	_hold connected reuseport
	_ask 1 "127.0.0.1:$port"
	_holds 'state="LISTEN"'
	_holds "peer=\"127.0.0.1:[0-9]+\" pids=\\[\\{\"pid\": $holder,.*state=\"ESTABLISHED\""
	_advised 'SO_REUSEPORT on your socket'
	_tried
}

a_connection_that_outlives_its_listener_is_recognised() {
	_hold left reuseaddr
	_ask 1 "127.0.0.1:$port"
	_holds 'note="its listener is gone".*state="ESTABLISHED"'
	has events '^verdict basis="inferred" text="python[^"]* still has a connection whose listener on that port is gone'
	_advised 'SO_REUSEADDR on your socket'
	_tried
}

a_closed_connection_counts_down() {
	_hold timewait
	_ask 1 "127.0.0.1:$port"
	_holds "peer=\"127.0.0.1:[0-9]+\" pids=\\[\\] seconds_left=[0-9.]+ state=\"TIME_WAIT\" .*uid=null user=null"
	_advised 'wait [0-9]+ s'
	_tried
}

a_closed_connection_yields_to_reuseaddr_on_both() {
	_hold timewait reuseaddr
	_ask 1 "127.0.0.1:$port"
	_advised 'SO_REUSEADDR on your socket'
	_tried
}

an_orphan_goes_by_itself_in_the_seconds_told() {
	need unshare
	unshare -rn true 2>/dev/null || skip "no namespaces for this user"
	# A network of its own, where such a socket lives two seconds.
	capture unshare -rn sh -c '
		python=$1 cli=$2 reuse=$3 tmp=$4
		ip link set lo up || exit 99
		echo 8 >/proc/sys/net/ipv4/tcp_fin_timeout || exit 99
		"$python" "$cli/holders.py" finwait2 >"$tmp/port" & holder=$!
		i=0; while [ ! -s "$tmp/port" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
		read -r port <"$tmp/port"
		"$reuse" why "127.0.0.1:$port" | tee "$tmp/said"
		sleep "$(sed -n "s/^FIN_WAIT2 .*, \([0-9]*\) s left.*/\1/p" "$tmp/said")"
		echo "then $("$python" "$cli/holders.py" take 127.0.0.1 "$port")"
		kill $holder' - "$python" "$cli" "$REUSE" "$tmp"
	[ "$status" != 99 ] || skip "cannot set up a network of its own"
	has run.out '^FIN_WAIT2 .*, [1-8] s left$'
	has run.out '^inferred  wait [1-8] s'
	has run.out '^then ok$'
}

what_is_not_accepted_has_no_process() {
	_hold pending
	_ask 1 "127.0.0.1:$port"
	_holds 'note="not accepted yet" .*pids=\[\] .*state="ESTABLISHED"'
	_holds 'note="1 not accepted yet" .*state="LISTEN"'
	_tried
	_stop_helps
}

a_self_connected_socket_is_recognised() {
	_hold self
	_ask 1 "127.0.0.1:$port"
	_holds "local=\"127.0.0.1:$port\" note=\"connected to itself\" .*peer=\"127.0.0.1:$port\""
	_tried
}

all_processes_of_one_socket_are_named() {
	_hold two
	_ask 1 "127.0.0.1:$port"
	is "processes" "$(grep '^holder' "$tmp/events" | grep -o '"pid": [0-9]*' | sort -u | wc -l | tr -d ' ')" 2
	_holds "\"pid\": $holder,"
}

an_outgoing_connection_on_a_port_that_the_kernel_picked_is_recognised() {
	_hold ephemeral
	_ask 1 "127.0.0.1:$port"
	_holds 'note="from a port that the kernel picked"'
	_advised "net.ipv4.ip_local_reserved_ports=$port"
	_tried
}

where_connections_of_one_source_lead_is_shown() {
	_hold fan reuseaddr
	_ask 1 "127.0.0.1:$port"
	is "destinations" "$(count events "^holder .*local=\"127.0.0.1:$port\" .*peer=\"127.0.0.1:[0-9]+\"")" 2
	run why --json
	is status "$status" 0
	events run.out
	grep "^shared .*local=\"127.0.0.1:$port\"" "$tmp/events" >"$tmp/shared"
	is "groups of that source" "$(lines shared)" 1
	is "sockets in it" "$(grep -o "\"local\": \"127.0.0.1:$port\"" "$tmp/shared" | wc -l | tr -d ' ')" 2
	run why
	has run.out "^127.0.0.1:$port, 2 sockets\$"
	has run.out "^  ESTABLISHED  127.0.0.1:$port -> 127.0.0.1:[0-9]+, "
}

dual_stack_holds_ipv4_and_v6only_does_not() {
	_hold dual
	_ask 1 "127.0.0.1:$port"
	_holds "local=\"\\[::\\]:$port\" .*options=\\[\\] .*state=\"LISTEN\""
	_tried
	tell holder KILL
	ended holder
	rm -f "$tmp"/holder.*
	_hold v6only
	_ask 0 "127.0.0.1:$port"
	lacks events '^holder'
	_advised 'can be bound with no option at all: 1 socket of that port is at other addresses'
	_ask 1 "[::1]:$port"
	_holds "local=\"\\[::\\]:$port\" .*options=\\[\"IPV6_V6ONLY\"\\]"
	_ask 1 "$port"
	_advised "0.0.0.0:$port can be bound"
	_advised "\\[::\\]:$port: python"
}

a_wildcard_holds_every_address_of_its_family() {
	_hold any reuseport
	_ask 1 "127.0.0.2:$port"
	_holds "local=\"0.0.0.0:$port\""
	_advised 'SO_REUSEPORT on your socket.*more specific'
	_tried 127.0.0.2
}

asking_leaves_nothing_behind() {
	# A bind with SO_REUSEPORT that is allowed can make the kernel allow the next one unseen.
	_hold v6only
	_ask 1 "$port"
	cp "$tmp/events" "$tmp/first"
	_ask 1 "$port"
	is "what is tried again" "$(sed -n 's/^\(probe.*\) ts=.*/\1/p' "$tmp/events")" "$(sed -n 's/^\(probe.*\) ts=.*/\1/p' "$tmp/first")"
	is "bind to :: with SO_REUSEPORT" "$(_take :: "$port" reuseport)" EADDRINUSE
}

another_users_socket_is_told_of_as_far_as_it_can_be_seen() {
	[ "$(id -u)" = 0 ] || skip "needs a second user: root only"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	_hold listener reuseport
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	is status "$status" 1
	events run.out
	_holds 'options=null .*pids=\[\] .*state="LISTEN" .*uid=0 user="root"'
	is "binds of another user" "$(count events '^probe .*result="EADDRINUSE"')" 4
	has events '^unseen basis="observed" text="process and options of 1 socket.*sudo reuse why 127'
	_advised 'run as root'
	_ask 1 "127.0.0.1:$port"
	_advised 'SO_REUSEPORT on your socket'
	_tried
}

the_options_of_another_users_socket_are_inferred_where_binds_tell() {
	[ "$(id -u)" = 0 ] || skip "needs a second user: root only"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	_hold bound reuseaddr
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	events run.out
	_advised 'SO_REUSEADDR on your socket'
	is "binds that went well" "$(count events '^probe .*SO_REUSEADDR.*result="ok"')" 2
	is "binds refused" "$(count events '^probe .*result="EADDRINUSE"')" 2
}

an_ordinary_user_sees_his_own_in_full() {
	[ "$(id -u)" = 0 ] || skip "the other promises are this one"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	python=/usr/bin/python3
	$nobody "$python" -c '' 2>/dev/null || skip "no python3 for an ordinary user"
	cp "$cli/holders.py" "$tmp/holders.py"
	chmod 755 "$tmp"
	chmod 644 "$tmp/holders.py"
	# shellcheck disable=SC2086
	spawn holder $nobody "$python" "$tmp/holders.py" listener reuseport
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	port=$(cat "$tmp/holder.out")
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	events run.out
	_holds 'options=\["SO_REUSEPORT"\] .*"pid": [0-9]+, .*uid=65534'
	_advised 'SO_REUSEPORT on your socket'
	_ask 1 "127.0.0.1:$port"
	_advised 'python3?\[[0-9]+\] has it, so run as .* with SO_REUSEPORT'
}

names_of_programs_are_escaped() {
	need python3
	spawn holder "$python" -c '
import socket, sys, time
open("/proc/self/comm", "wb").write(b"a\x1b[31m\xff\n")
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); time.sleep(60)'
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	port=$(cat "$tmp/holder.out")
	run why "127.0.0.1:$port"
	has run.out 'a\\x1b\[31m\\xff'
	lacks run.out "$(printf '\033')"
	_ask 1 "$port"
}

the_answer_fits_80_columns() {
	_hold fan reuseaddr
	run why "127.0.0.1:$port"
	run why
	is "lines wider than 80" "$(awk 'length > 80' "$tmp/run.out" | wc -l | tr -d ' ')" 0
	run why EADDRINUSE
	is "lines wider than 80" "$(awk 'length > 80' "$tmp/run.out" | wc -l | tr -d ' ')" 0
}

bind_alone_is_tried() {
	_hold listener
	tell holder KILL
	ended holder
	run why --explain "127.0.0.1:$port"
	is "binds" "$(count run.err '^bind\(')" 4
	is "closes" "$(count run.err '^close\(')" 4
	lacks run.err '^(listen|connect)'
}

an_errno_is_explained_by_call() {
	_ask 0 EADDRINUSE bind
	lacks events '^holder|^probe'
	[ "$(count events '^cause .*call="bind" .*errno="EADDRINUSE" .*text="')" -ge 3 ] || fail "few causes"
	_ask 0 EADDRNOTAVAIL bind
	has events '^cause .*tried: bind 192.0.2.1:0 EADDRNOTAVAIL'
	_ask 0 EACCES bind
	has events '^cause .*tried: bind 127.0.0.1:[0-9]+ (ok|EACCES)'
	_ask 0 ECONNREFUSED
	has events '^cause .*call="connect"'
	run why EADDRINUSE bind
	has run.out '^EADDRINUSE from bind: '
	for word in EMFILE ETIMEDOUT EPIPE ECONNRESET EINVAL ENOTSOCK; do _ask 0 $word; done
}

words_without_sense_are_complained_of() {
	for words in 3000x 65536 '1 2' 'EFOO' 'EADDRINUSE nosuchcall' 'EADDRINUSE bind x' 127.0.0.1 '127.1:80'; do
		# shellcheck disable=SC2086
		run why $words
		is "status of why $words" "$status" 2
		silent run.out
		is "lines of complaint" "$(lines run.err)" 1
	done
	run why EPIPE bind
	is "status of a call that does not give it" "$status" 1
}

listen_says_who_else_listens() {
	serve first 0 127.0.0.1
	spawn second "$REUSE" listen "$port" 127.0.0.1
	await_line second.out '^listening on'
	has second.err "^reuse listen: reuse\\[$(pid_of first)\\] listens on 127.0.0.1:$port too"
	is "lines of complaint" "$(lines second.err)" 1
	silent first.err
	# Less specific: no such case.
	spawn third "$REUSE" listen "$port" 0.0.0.0
	await_line third.out '^listening on'
	silent third.err
	serve workers 0 127.0.0.1 -w 3
	silent workers.err
}

keep_promises
