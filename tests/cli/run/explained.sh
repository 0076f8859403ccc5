#!/bin/sh
# `reuse run`: a refused call is explained, for that very socket, once.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/run.sh
. "$lib/run.sh"

# _bind ADDR PORT [WORDS]: python tries to bind, with OPTIONS set before.
try_bind='import errno, socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
for _ in range(int(sys.argv[4]) if len(sys.argv) > 4 else 1):
    s = socket.socket(family)
    for name in sys.argv[3].split():
        s.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
    try:
        s.bind((sys.argv[1], int(sys.argv[2])))
    except OSError as e:
        print(errno.errorcode[e.errno])'

a_refused_bind_names_who_holds_and_what_would_help() {
	traced
	hold holder
	py "$try_bind" 127.0.0.1 "$port" ''
	is "what the program hears" "$(cat "$tmp/run.out")" EADDRINUSE
	has run.err "^TCP 127.0.0.1:$port is in use: "
	has run.err "\[$(pid_of holder)\]"
	has run.err "^- .*kill $(pid_of holder)"
	has run.err "^LISTEN +127.0.0.1:$port "
	lacks run.err 'unseen|not in the way'
	# What it says would help does.
	tell holder TERM
	ended holder
	py "$try_bind" 127.0.0.1 "$port" ''
	silent run.out
}

# _sharing_holder ADDR [OPTION]: a listener with SO_REUSEPORT, and that option of SOL_IP; its port becomes $port.
_sharing_holder() {
	spawn holder "$python" -c 'import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
for option in sys.argv[2:]:
    s.setsockopt(socket.SOL_IP, int(option), 1)
s.bind((sys.argv[1], 0))
s.listen()
print(s.getsockname()[1], flush=True)
time.sleep(60)' "$@"
	await 10 test -s "$tmp/holder.out" || fail "no holder"
	port=$(cat "$tmp/holder.out")
}

the_options_of_the_very_socket_count() {
	traced
	need python3
	_sharing_holder 127.0.0.1
	capture "$REUSE" run --json "$python" -c "$try_bind" 127.0.0.1 "$port" SO_REUSEADDR
	events run.err
	has events "^call .*options=\[\"SO_REUSEADDR\"\] .*result=\"EADDRINUSE\""
	has events "^answer .*free=false .*local=\"127.0.0.1:$port\" .*options=\[.*\"SO_REUSEPORT\".*refused=\"EADDRINUSE\""
	has events "^holder .*in_the_way=true .*local=\"127.0.0.1:$port\" .*options=\[\"SO_REUSEPORT\"\]"
	lacks events '^probe '
	# And so it is.
	py "$try_bind" 127.0.0.1 "$port" 'SO_REUSEADDR SO_REUSEPORT'
	silent run.out
}

a_refused_listen_is_explained_by_who_listens() {
	traced
	py 'import socket
a, b = socket.socket(), socket.socket()
for s in a, b:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
a.bind(("127.0.0.1", 0))
b.bind(a.getsockname())
a.listen()
try:
    b.listen()
except OSError:
    print(a.getsockname()[1])'
	port=$(cat "$tmp/run.out")
	has run.err '\] listen\(4, [0-9]+\) = -1 EADDRINUSE$'
	has run.err "^TCP 127.0.0.1:$port is in use: .* listens on"
	is "sockets in the way" "$(count run.err "^(LISTEN|CLOSE|BOUND) +127.0.0.1:$port ")" 1
	lacks run.err 'debugger'
}

the_same_refusal_has_its_line_alone() {
	traced
	hold holder
	py "$try_bind" 127.0.0.1 "$port" '' 5
	is "lines of the call" "$(count run.err '\] bind\(.* = -1 EADDRINUSE$')" 5
	is "explanations" "$(count run.err "^TCP 127.0.0.1:$port is in use")" 1
	capture "$REUSE" run --json "$python" -c "$try_bind" 127.0.0.1 "$port" '' 3
	events run.err
	is "calls and answers" "$(count events '^call ') $(count events '^answer ')" "3 1"
}

what_is_so_of_the_socket_is_said_of_it() {
	traced
	py 'import socket
a = socket.socket()
a.bind(("127.0.0.1", 0))
b = socket.socket(socket.AF_INET6)
b.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
for s, end in ((a, ("127.0.0.1", 0)), (b, ("::ffff:127.0.0.1", 0))):
    try:
        s.bind(end)
    except OSError as e:
        assert e.errno == 22, e'
	is status "$status" 0
	has run.err '^TCP 127.0.0.1:0 is refused to you: bind says EINVAL \(the socket is bound already\)$'
	has run.err '^TCP \[::ffff:127.0.0.1\]:0 is refused to you: bind says EINVAL \(an IPv4 address written as IPv6, on a socket with IPV6_V6ONLY\)$'
	lacks run.err 'possible: '
}

what_is_no_address_is_said_to_be_none() {
	traced
	py 'import ctypes, socket
c = ctypes.CDLL(None)
s = socket.socket()
for call in c.bind, c.connect:
    call(s.fileno(), ctypes.c_void_p(1), 16)
    call(s.fileno(), ctypes.create_string_buffer(b"\x02", 16), 9)'
	is "explanations" "$(grep -v '^python' "$tmp/run.err" | sed 's/:.*//' | tr '\n' ' ')" "EFAULT EINVAL EFAULT EINVAL "
	has run.err '^EFAULT: the address cannot be read'
	has run.err '^EINVAL: the address is too short'
}

it_is_not_told_to_stop_itself_or_what_started_it() {
	traced
	for whose in self parent; do
		py 'import os, socket, sys
a = socket.socket()
a.bind(("127.0.0.1", 0))
a.listen()
held = a.getsockname()
if sys.argv[1] == "self" or os.fork() == 0:
    if sys.argv[1] == "parent":
        a.close()
    else:
        print(os.getpid(), flush=True)
    b = socket.socket()
    try:
        b.bind(held)
    except OSError:
        pass
    a.close()
    if sys.argv[1] == "self":
        b.bind(held) # as advised
    os._exit(0)
print(os.getpid(), flush=True)
os.wait()' $whose
		is "status" "$status" 0
		has run.err "^- .*\\[$(cat "$tmp/run.out")\\] has it (itself|and started this one): that socket has to be closed first"
		lacks run.err '(^|[ ;])kill '
	done
}

an_unprivileged_port_is_refused_for_what_holds_for_that_process() {
	traced
	[ "$(id -u)" = 0 ] || skip "only root can become another user"
	need setpriv /usr/bin/python3
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 81 ] || skip "port 81 is everybody's"
	# Asked of the process that is refused, not of the tracer, which is root's.
	capture "$REUSE" run setpriv --reuid 65534 --clear-groups /usr/bin/python3 -c "$try_bind" 127.0.0.1 81 ''
	is "what the program hears" "$(cat "$tmp/run.out")" EACCES
	has run.err '^TCP 127.0.0.1:81 is refused .*EACCES'
	has run.err 'ip_unprivileged_port_start'
	lacks run.err 'SO_REUSE'
}

an_address_that_is_not_here_is_said_to_be_none() {
	traced
	py "$try_bind" 192.0.2.1 0 ''
	is "what the program hears" "$(cat "$tmp/run.out")" EADDRNOTAVAIL
	has run.err '^TCP 192.0.2.1:0 is refused .*EADDRNOTAVAIL'
	lacks run.err 'SO_REUSE'
	# As advised.
	capture "$REUSE" run --set freebind "$python" -c "$try_bind" 192.0.2.1 0 ''
	silent run.out
}

# An address that is none of this machine's is no reason where the program was let go past it.
what_shares_an_address_that_is_not_here_is_advised() {
	traced
	beyond_posix freebind
	need python3
	_sharing_holder 192.0.2.1 15 # IP_FREEBIND
	capture "$REUSE" run --set freebind --json "$python" -c "$try_bind" 192.0.2.1 "$port" ''
	events run.err
	has events "^answer .*local=\"192.0.2.1:$port\" .*options=\[\"SO_REUSEPORT\"\].*refused=\"EADDRINUSE\""
	# As advised.
	capture "$REUSE" run --set freebind "$python" -c "$try_bind" 192.0.2.1 "$port" SO_REUSEPORT
	silent run.out
}

a_refused_connect_has_three_lines_at_most() {
	traced
	need python3
	free_port
	for quiet in '' -q; do
		# shellcheck disable=SC2086 # none or one
		capture "$REUSE" run $quiet "$python" -c 'import socket, sys
for _ in range(3):
    socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1])))' "$port"
		is "lines of the call" "$(count run.err "\\] connect\\(.*, 127.0.0.1:$port\\) = -1 ECONNREFUSED\$")" 3
		has run.err '^ECONNREFUSED: '
		below "lines with '$quiet'" "$(lines run.err)" $((${#quiet} ? 5 : 7))
	done
	capture "$REUSE" run --json "$python" -c 'import socket, sys
socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1])))' "$port"
	events run.err
	has events '^cause call="connect" errno="ECONNREFUSED" holds=(null|true) text='
	below "cause events" "$(count events '^cause ')" 4
}

what_does_not_wait_is_shown_and_not_explained() {
	traced
	hold holder
	py 'import socket, sys
s = socket.socket()
s.setblocking(False)
s.connect_ex(("127.0.0.1", int(sys.argv[1])))' "$port"
	is lines "$(sed 's/^[^ ]* //' "$tmp/run.err")" "connect(3, 127.0.0.1:$port) = -1 EINPROGRESS"
}

# As strace sees it: the same calls and results.
its_lines_are_what_strace_sees() {
	traced
	need strace python3
	hold holder
	strace -f -e trace=bind,listen,connect -o "$tmp/strace" "$python" -c "$try_bind" 127.0.0.1 "$port" '' 2 >"$tmp/out" 2>&1 ||
		fail "strace fails"
	py "$try_bind" 127.0.0.1 "$port" '' 2
	is "refused binds" "$(count run.err "\\] bind\\([0-9]+, 127.0.0.1:$port\\) = -1 EADDRINUSE")" \
		"$(count strace "bind\\([0-9]+, .*htons\\($port\\).* = -1 EADDRINUSE")"
}

in_another_network_it_says_how_to_see() {
	traced
	[ "$(id -u)" = 0 ] || skip "only root may look there"
	need network python3
	capture "$REUSE" run $apart sh -c 'ip link set lo up
"$1" -c "import socket
s = socket.socket()
s.bind((\"127.0.0.1\", 5000))
s.listen()
try:
    socket.socket().bind((\"127.0.0.1\", 5000))
except OSError:
    pass"' - "$python"
	has run.err '\] bind\(4, 127.0.0.1:5000\) = -1 EADDRINUSE'
	has run.err 'nsenter -t [0-9]+ -n reuse why 127.0.0.1:5000'
	lacks run.err 'is in use'
}

# After `unshare --pid` the numbers of /proc are those of the namespace outside; 2 is a thread of the kernel there.
with_the_proc_of_an_outer_namespace_it_names_the_right_process() {
	traced
	need python3
	own_pids
	ln -s "$python" "$tmp/program"
	capture $own_pids "$REUSE" run "$tmp/program" -c 'import os, socket
print(os.getpid())
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
try:
    socket.socket().bind(s.getsockname())
except OSError:
    pass'
	has run.err "^program\[$(cat "$tmp/run.out")\] bind\(.* = -1 EADDRINUSE$"
	has run.err '^TCP 127.0.0.1:[0-9]+ is in use: program\['
	has run.err '^- program\[[0-9]+\] has it itself'
	lacks run.err 'another network namespace'
}

with_the_proc_of_an_outer_namespace_a_thread_has_the_number_of_its_process() {
	traced
	need python3
	own_pids
	ln -s "$python" "$tmp/program"
	capture $own_pids "$REUSE" run "$tmp/program" -c 'import os, socket, threading
print(os.getpid())
def bind():
    socket.socket().bind(("127.0.0.1", 0))
thread = threading.Thread(target=bind)
thread.start()
thread.join()'
	has run.err "^program\[$(cat "$tmp/run.out")\] bind\(.* = 0$"
}

keep_promises
