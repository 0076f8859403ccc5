#!/bin/sh
# `reuse why PORT`: each kind of holder made for real, recognised, and what the verdict advises
# then done.
# shellcheck disable=SC2016,SC2031,SC2086,SC2154,SC2317 # promises are called by name in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/why.sh
. "$lib/why.sh"
[ "${REUSE_OS:-}" != other ] || { echo "skip: POSIX has no way to see who holds a port"; exit 77; }

a_listener_is_named_with_its_options() {
	for set in "" reuseaddr reuseport "reuseaddr reuseport"; do
		rm -f "$tmp"/holder.*
		# shellcheck disable=SC2086 # none to two words
		_hold listener $set
		names=
		case $set in *reuseaddr*) names='"SO_REUSEADDR"' ;; esac
		case $set in *reuseport*) names="${names:+$names, }\"SO_REUSEPORT\"" ;; esac
		_ask 1 "127.0.0.1:$port"
		is holders "$(count events '^holder .*namespace=null')" 1
		_holds "local=\"127.0.0.1:$port\"" "options=\\[$names\\] peer=null" "\"pid\": $holder, \"program\": \"python[^\"]*\"" \
			'seconds_left=null' 'state="LISTEN"' "uid=$(id -u) " "user=\"$(id -un)\"" 'queue=0 queue_limit=8 '
		has events '^answer .*free=false .*protocol="tcp" refused="EADDRINUSE"'
		_tried
		case $set in
		*reuseport*) _advised 'SO_REUSEPORT on your socket' ;;
		*)
			lacks events '^verdict .*SO_REUSEPORT on your socket'
			_advised "if python3\\[$holder\\] had SO_REUSEPORT set too, your socket could have it with SO_REUSEPORT"
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
	_advised "had SO_REUSEADDR set too, your socket could have it"
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
	_holds 'peer="127.0.0.1:[0-9]+"' "\"pid\": $holder," 'state="ESTABLISHED"'
	_advised 'SO_REUSEPORT on your socket'
	_tried
}

of_a_connection_without_listener_it_is_not_said_who_called() {
	_hold left reuseaddr
	_ask 1 "127.0.0.1:$port"
	_holds 'note=null' 'state="ESTABLISHED"'
	has events '^verdict basis="observed" text="TCP [0-9.:]+ is in use: python[^"]* has the connection 127'
	_advised 'SO_REUSEADDR on your socket'
	_tried
}

a_closed_connection_counts_down() {
	_hold timewait
	_ask 1 "127.0.0.1:$port"
	_holds 'peer="127.0.0.1:[0-9]+" pids=\[\]' 'seconds_left=[0-9.]+ state="TIME_WAIT"' 'uid=null' 'user=null'
	has events '^answer .*stop=\[\] .*wait_s=[0-9]+$'
	_advised 'wait [0-9]+ s'
	_tried
}

a_closed_connection_beside_a_listener_must_be_waited_for() {
	_hold lingers
	_ask 1 "127.0.0.1:$port"
	_holds 'state="LISTEN"'
	_holds 'state="TIME_WAIT"'
	has events "^answer .*\"command\": \"kill $holder\".*wait_s=[0-9]+\$"
	_advised "stop what has it: kill $holder, and wait for what is closed"
	_tried
}

a_closed_connection_yields_to_reuseaddr_on_both() {
	_hold timewait reuseaddr
	_ask 1 "127.0.0.1:$port"
	_advised 'SO_REUSEADDR on your socket'
	_tried
}

what_is_not_accepted_has_no_process() {
	_hold pending
	_ask 1 "127.0.0.1:$port"
	_holds 'note="not accepted yet"' 'pids=\[\]' 'state="ESTABLISHED"'
	_holds 'note="1 not accepted yet"' 'queue=1 ' 'state="LISTEN"'
	_tried
	_stop_helps
}

a_self_connected_socket_is_recognised() {
	_hold self
	_ask 1 "127.0.0.1:$port"
	_holds "local=\"127.0.0.1:$port\"" 'note="connected to itself"' "peer=\"127.0.0.1:$port\""
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
	_holds 'note="from a port that the kernel picked \(inferred\)"'
	has events '^verdict basis="inferred" .*from a port that the kernel picked.*\(inferred\)"'
	_advised "net.ipv4.ip_local_reserved_ports=$port"
	_tried
}

dual_stack_holds_ipv4_and_v6only_does_not() {
	_hold dual
	_ask 1 "127.0.0.1:$port"
	_holds "local=\"\\[::\\]:$port\"" 'options=\[\]' 'state="LISTEN"'
	_advised 'takes IPv4 as well on \[::\]'
	_tried
	tell holder KILL
	ended holder
	rm -f "$tmp"/holder.*
	_hold v6only
	_ask 0 "127.0.0.1:$port"
	lacks events '^holder .*in_the_way=true'
	_holds 'in_the_way=false' "local=\"\\[::\\]:$port\""
	_ask 1 "[::1]:$port"
	_holds 'in_the_way=true' "local=\"\\[::\\]:$port\"" 'options=\["IPV6_V6ONLY"\]'
	_ask 1 "$port"
	_advised "TCP 0.0.0.0:$port is free"
	_advised "TCP \\[::\\]:$port is in use: python"
}

a_wildcard_holds_every_address_of_its_family() {
	_hold any reuseport
	_ask 1 "127.0.0.2:$port"
	_holds "local=\"0.0.0.0:$port\""
	_advised 'SO_REUSEPORT on your socket.*more specific'
	_tried 127.0.0.2
}

what_there_was_no_time_to_look_for_is_told() {
	_hold deep
	_ask 1 "127.0.0.1:$port"
	_holds "local=\"127.0.0.1:$port\"" "\"pid\": $holder, " 'state="LISTEN"'
	run why --json "$port"
	events run.out
	_holds "local=\"127.0.0.1:$port\"" "\"pid\": $holder, " 'state="LISTEN"'
	if grep -q '^holder .*pids=\[\]' "$tmp/events"; then
		missing=$(count events '^holder .*pids=\[\]')
		has events '^unseen basis="observed" text="process and options of '"$missing"' sockets?: there was no time to look through [0-9]+ process.*: reuse why [0-9]+ -v"'
		lacks events 'in no process of'
	fi
	if unshare -pf true 2>/dev/null; then
		capture unshare -pf "$REUSE" why --json "$port"
		events run.out
		if grep -q '^holder .*pids=\[\]' "$tmp/events"; then
			has events '^unseen basis="inferred" text="process and options of [0-9]+ sockets?: perhaps outside of this PID namespace'
			lacks events 'in no process of'
		fi
	fi
	run why --json "$port" -v
	events run.out
	lacks events '^holder .*pids=\[\]'
	lacks events 'process and options of'
}

the_process_of_one_socket_is_looked_for_to_the_end() {
	_hold far
	run why --json "$port"
	events run.out
	is "holders of the port" "$(count events '^holder .*namespace=null')" 2
	lacks events '^holder .*pids=\[\]'
	lacks events 'no time to look through'
}

short_of_descriptors_it_blames_nothing_else() {
	_hold listener reuseport
	run why --json "$port"
	is status "$status" 1
	: >"$tmp/wrong"
	for text in 'this kernel lists none' 'not permitted' 'root sees them'; do
		grep -q "$text" "$tmp/run.out" || echo "$text" >>"$tmp/wrong"
	done
	mv "$tmp/run.out" "$tmp/all.out"
	# How many are open to begin with is not ours to say.
	for most in 4 5 6 7 8 9 10 11 12; do
		capture sh -c 'ulimit -n "$1" && shift && exec "$@"' sh "$most" "$REUSE" why --json "$port"
		! grep -Ff "$tmp/wrong" "$tmp/run.out" >"$tmp/blamed" || fail "with $most: $(cat "$tmp/blamed")"
		cat "$tmp/run.out" >>"$tmp/some.out"
		grep -q '"probe"\|"verdict"' "$tmp/run.out" || continue
		is "probes with $most" "$(count run.out '"probe"')" "$(count all.out '"probe"')"
	done
	for said in 'does not show it' 'could be looked at'; do
		has some.out "$said \\(EMFILE\\)"
	done
}

keep_promises
