#!/bin/sh
# `reuse why`: what is asked, what comes back, and what could not be seen.
# shellcheck disable=SC2016,SC2031,SC2086,SC2154,SC2317 # promises are called by name in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/why.sh
. "$lib/why.sh"

a_port_that_nobody_holds_can_be_had() {
	_hold listener
	tell holder KILL
	ended holder
	_ask 0 "127.0.0.1:$port"
	lacks events '^holder'
	is "binds that went well" "$(count events '^probe .*result="ok"')" 4
	has events '^answer as=null as_options=null free=true local="127.0.0.1:[0-9]+" options=\[\] protocol="tcp" refused=null stop=\[\] .*wait_s=null'
	has events '^verdict basis="observed" text="TCP 127.0.0.1:[0-9]+ is free"'
	is "binds tried" "$(count events '^probe basis="tried"')" 1
	_ask 0 "$port"
	is "binds to both wildcards" "$(count events '^probe .*local="(0.0.0.0|\[::\]):[0-9]+" .*result="ok"')" 12
	_ask 0 ":$port"
	_ask 0 -4 "$port"
	is "binds with -4" "$(count events '^probe .*local="0.0.0.0:')" 4
}

an_orphan_goes_by_itself_in_the_seconds_told() {
	beyond_posix "way to see who holds a port"
	need unshare
	unshare -rn true 2>/dev/null || skip "no namespaces for this user"
	# A network of its own, where such a socket lives eight seconds, and one more where the kernel's
	# timer is as late as it may be: an eighth (Linux, kernel/time/timer.c).
	capture unshare -rn sh -c '
		python=$1 lib=$2 reuse=$3 tmp=$4
		ip link set lo up || exit 99
		echo 8 >/proc/sys/net/ipv4/tcp_fin_timeout || exit 99
		"$python" "$lib/holders.py" finwait2 >"$tmp/port" & holder=$!
		i=0; while [ ! -s "$tmp/port" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
		read -r port <"$tmp/port"
		"$reuse" why "127.0.0.1:$port" | tee "$tmp/said"
		sleep "$(sed -n "s/^- wait \([0-9]*\) s or a little more.*/\1/p" "$tmp/said")"
		i=0; until [ "$("$python" "$lib/holders.py" take 127.0.0.1 "$port")" = ok ] || [ $i -ge 20 ]
		do i=$((i + 1)); sleep 0.1; done
		echo "then $("$python" "$lib/holders.py" take 127.0.0.1 "$port")"
		kill $holder' - "$python" "$lib" "$REUSE" "$tmp"
	[ "$status" != 99 ] || skip "cannot set up a network of its own"
	has run.out '^FIN_WAIT2 .*orphan, [1-8] s left$'
	has run.out '^- wait [1-8] s or a little more'
	has run.out '^then ok$'
}

a_port_reserved_as_advised_is_given_to_nobody() {
	beyond_posix "way to see who holds a port"
	need network python3
	# A network of its own, whose kernel picks from four ports; then where sixty connections come from,
	# before and after.
	capture $apart sh -c '
		python=$1 lib=$2 reuse=$3 tmp=$4
		ip link set lo up && echo "40000 40003" >/proc/sys/net/ipv4/ip_local_port_range || exit 99
		"$python" "$lib/holders.py" ephemeral >"$tmp/port" & holder=$!
		i=0; while [ ! -s "$tmp/port" ] && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done
		read -r port <"$tmp/port"
		sources() {
			"$python" -c "
import socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((\"0.0.0.0\", 39000))
server.listen(99)
kept = [socket.create_connection((\"127.0.1.%d\" % i, 39000)) for i in range(1, 61)]
print(*{s.getsockname()[1] for s in kept}, sep=\"\\n\")"
		}
		sources | grep -cx "$port" | sed "s/^/before /"
		"$reuse" why --json "127.0.0.1:$port" >"$tmp/said"
		sed -n "s/.*: sysctl -w \([a-z0-9_.]*\)=\([0-9]*\) (inferred)\".*/\1 \2/p" "$tmp/said" >"$tmp/advice"
		read -r name value <"$tmp/advice"
		echo "$value" >"/proc/sys/$(echo "$name" | tr . /)" || exit 99
		sources | grep -cx "$port" | sed "s/^/after /"
		kill $holder' - "$python" "$lib" "$REUSE" "$tmp"
	[ "$status" != 99 ] || skip "cannot set up a network of its own"
	has run.out '^before 1$'
	has run.out '^after 0$'
}

where_connections_of_one_source_lead_is_shown() {
	beyond_posix "way to see who holds a port"
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
	has run.out "^ESTABLISHED +127.0.0.1:$port +127.0.0.1:[0-9]+ "
}

a_server_with_its_own_clients_shares_nothing() {
	beyond_posix "way to see who holds a port"
	_hold served
	run why --json
	is status "$status" 0
	events run.out
	lacks events "^shared .*local=\"(127.0.0.1|0.0.0.0):$port\""
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
	beyond_posix "way to see who holds a port"
	[ "$(id -u)" = 0 ] || skip "needs a second user: root only"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	_hold listener reuseport
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	is status "$status" 1
	events run.out
	_holds 'options=null' 'pids=\[\]' 'state="LISTEN"' 'uid=0 ' 'user="root"'
	is "binds of another user" "$(count events '^probe .*result="EADDRINUSE"')" 4
	has events '^unseen basis="observed" text="process and options of 1 socket.*sudo reuse why 127'
	has events '^verdict basis="observed" text="TCP 127[^"]* is in use: a socket of root listens on 127'
	has events '^answer .*stop=\[\]'
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
	beyond_posix "way to see who holds a port"
	[ "$(id -u)" = 0 ] || skip "the other promises are this one"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	python=/usr/bin/python3
	$nobody "$python" -c '' 2>/dev/null || skip "no python3 for an ordinary user"
	cp "$lib/holders.py" "$tmp/holders.py"
	chmod 755 "$tmp"
	chmod 644 "$tmp/holders.py"
	# shellcheck disable=SC2086
	spawn holder $nobody "$python" "$tmp/holders.py" listener reuseport
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	port=$(cat "$tmp/holder.out")
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	events run.out
	_holds 'options=\["SO_REUSEPORT"\]' '"pid": [0-9]+, ' 'uid=65534'
	_advised 'SO_REUSEPORT on your socket'
	_ask 1 "127.0.0.1:$port"
	_advised 'run as nobody with SO_REUSEPORT'
	has events '^answer as="nobody" as_options=\["SO_REUSEPORT"\]'
}

what_a_process_lets_nobody_see_is_not_blamed_on_another_user() {
	beyond_posix "way to see who holds a port"
	[ "$(id -u)" = 0 ] || skip "needs to be an ordinary user: root sees all"
	need setpriv
	$nobody "$REUSE" --version >/dev/null 2>&1 || skip "an ordinary user cannot run $REUSE"
	$nobody /usr/bin/python3 -c '' 2>/dev/null || skip "no python3 for an ordinary user"
	spawn holder $nobody /usr/bin/python3 -c '
import ctypes, socket, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); time.sleep(60)'
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	port=$(cat "$tmp/holder.out")
	capture $nobody "$REUSE" why --json "127.0.0.1:$port"
	events run.out
	_holds 'pids=\[\]' 'uid=65534'
	has events '^unseen basis="observed" text="process and options of 1 socket: of a process that others may not inspect'
	lacks events "another user's"
}

a_process_without_a_name_is_told_by_its_number() {
	beyond_posix "way to see who holds a port"
	need python3
	spawn holder "$python" -c '
import ctypes, socket, time
ctypes.CDLL(None).prctl(15, b"", 0, 0, 0)  # PR_SET_NAME
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); time.sleep(60)'
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	run why "127.0.0.1:$(cat "$tmp/holder.out")"
	has run.out "^LISTEN .* process $(pid_of holder) +none\$"
	has run.out "^TCP .* is in use: process $(pid_of holder) of [^ ]+ listens on"
}

names_of_programs_are_escaped() {
	beyond_posix "way to see who holds a port"
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

# _screen WORD...: what stands on a terminal of 80 columns, or ${columns}, in $tmp/screen.
_screen() {
	TERM=xterm NO_COLOR=1 capture "$python" "$lib/peer.py" on_a_terminal /bin/sh -c \
		'stty cols '"${columns:-80}"' && exec "$@"' - "$REUSE" why "$@"
	return=$(printf '\r')
	sed "s/$return\$//; s/.*$return//; s/…/./g" "$tmp/run.out" >"$tmp/screen"
}

a_report_is_a_screen_however_many_connections() {
	beyond_posix "way to see who holds a port"
	_hold crowd reuseaddr
	_screen "$port"
	below "lines of the report" "$(lines screen)" 25
	below "the widest line" "$(awk 'length > n { n = length } END { print n + 0 }' "$tmp/screen")" 81
	has screen '^300 ESTABLISHED \(python'
	run why "$port"
	has run.out '^300 ESTABLISHED \(python[^ ]*\)$'
	run why -v "$port"
	is "connections of the listener, all of them" "$(count run.out "^ESTABLISHED +127.0.0.1:$port ")" 300
	run why -q "$port"
	is "lines with -q" "$(lines run.out)" 1
	run why -q "$port" "127.0.0.1:$port" EADDRINUSE
	is "lines with -q of two ports and an errno from three calls" "$(lines run.out)" 5
}

a_report_is_a_screen_whatever_the_states() {
	beyond_posix "way to see who holds a port"
	_hold mixed reuseaddr
	_screen "$port"
	below "lines of the report" "$(lines screen)" 25
	has screen "^LISTEN +127.0.0.1:$port"
	for state in ESTABLISHED CLOSE_WAIT FIN_WAIT2; do has screen "^5 $state \\(python[^ ]*\\)$"; done
	has screen '^5 TIME_WAIT \(no process, (59|60) s left\)$'
	run why -v "$port"
	is "connections of the listener, all of them" "$(count run.out "^[A-Z_0-9]+ +127.0.0.1:$port +127.0.0.1:[0-9]+ ")" 20
}

a_row_that_has_no_room_goes_on_below_with_the_same_columns() {
	beyond_posix "way to see who holds a port"
	_hold listener reuseport
	columns=40 _screen "127.0.0.1:$port"
	below "the widest line" "$(awk 'length > n { n = length } END { print n + 0 }' "$tmp/screen")" 41
	has screen '^STATE   LOCAL            PEER  USER$'
	has screen '^  PROCESS[ ]+OPTIONS$'
	has screen '^  python[^ ]*  SO_REUSEPORT$'
	has screen "^  127.0.0.1:$port  - EADDRINUSE"
	lacks screen '^  .*(,| -) (-|A|P|AP)$'
}

bind_alone_is_tried() {
	_hold listener
	tell holder KILL
	ended holder
	run why --explain "127.0.0.1:$port"
	is "binds" "$(count run.err '^bind\(')" 1
	is "closes" "$(count run.err '^close\(')" 1
	lacks run.err '^(listen|connect)'
}

an_errno_is_explained_by_call() {
	beyond_posix "way to ask what refuses a bind"
	_ask 0 EADDRINUSE bind
	lacks events '^holder|^probe'
	[ "$(count events '^cause .*call="bind" .*errno="EADDRINUSE" .*text="')" -ge 3 ] || fail "few causes"
	_ask 0 EADDRNOTAVAIL bind
	has events '^cause .*tried: bind 192.0.2.1:0 EADDRNOTAVAIL'
	_ask 0 EACCES bind
	has events '^cause .*tried: (bind 192.0.2.1:0 (ok|E[A-Z]+)|TCP may not bind to port 0)'
	_ask 0 EAFNOSUPPORT
	has events '^cause .*tried: an IPv6 socket (can be opened|is refused)'
	_ask 0 ECONNREFUSED
	has events '^cause .*call="connect"'
	run why EADDRINUSE bind
	has run.out '^EADDRINUSE from bind: '
	has run.out '^- possible: a closed connection of that port is still in TIME_WAIT'
	has run.out '^- does not hold here: with port 0: '
	run why --no-bind EADDRINUSE bind
	lacks run.out 'tried:'
	run why EADDRINUSE connect
	has run.out '^- does not hold here: a connection with the same four-tuple exists already \(BSD and macOS; EADDRNOTAVAIL on Linux\)$'
	for word in EMFILE ETIMEDOUT EPIPE ECONNRESET EINVAL ENOTSOCK; do _ask 0 $word; done
}

what_a_call_says_here_is_among_its_causes() {
	beyond_posix "facts of Linux"
	need python3
	capture "$python" -c '
import errno, socket
def say(word, call, family, address):
    try:
        s = socket.socket(family)
        s.send(b"x") if call == "send" else s.connect(address)
    except OSError as error:
        print(errno.errorcode[error.errno], call, word)
say("never connected", "send", socket.AF_INET, None)
say("multicast", "connect", socket.AF_INET, ("224.0.0.1", 9))
if socket.has_ipv6:
    say("fe80", "connect", socket.AF_INET6, ("fe80::1", 9))'
	mv "$tmp/run.out" "$tmp/said"
	[ "$(lines said)" -ge 2 ] || fail "said only: $(cat "$tmp/said")"
	while read -r name call word; do
		_ask 0 "$name" "$call"
		has events "^cause .*call=\"$call\" .*errno=\"$name\" .*text=\"[^\"]*$word"
	done <"$tmp/said"
}

what_no_call_gives_is_a_failure_in_json_too() {
	run why --json EPIPE bind
	is status "$status" 1
	events run.out
	has events '^error call="bind" errno="EPIPE" local=null message="EPIPE [^"]*no cause known from bind" peer=null'
	run why --json ENOENT
	events run.out
	has events '^error call=null errno="ENOENT"'
}

words_without_sense_are_complained_of() {
	for words in 3000x 65536 'EFOO' 'EADDRINUSE nosuchcall' 'EADDRINUSE bind x' 127.0.0.1 '127.0.0.1 80 ::1' '127.1:80' 'gopherx://h' '*'; do
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
	beyond_posix "way to see who holds a port"
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

# The kernel deals connections out among those that agree on IPV6_V6ONLY: Linux 6.18,
# inet_reuseport_add_sock.
listen_says_nothing_of_one_that_shares_no_connections_with_it() {
	beyond_posix "way to see who holds a port"
	"$REUSE" try 'a bind [::1]:0' >/dev/null || skip "no IPv6 on this machine"
	serve both -6 0 --no-v6only
	spawn six "$REUSE" listen -6 "$port" --v6only
	await_line six.out '^listening on'
	silent six.err
	spawn sixes "$REUSE" listen -6 "$port" --v6only
	await_line sixes.out '^listening on'
	has sixes.err "^reuse listen: reuse\\[$(pid_of six)\\] listens on \[::\]:$port too"
}

keep_promises
