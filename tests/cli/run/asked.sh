#!/bin/sh
# `reuse run --set` and `--source`, and where nothing can be traced.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/run.sh
. "$lib/run.sh"

two_servers_without_an_option_for_it_share_a_port() {
	traced
	need python3
	free_port
	for name in one other; do
		spawn $name "$REUSE" run --set reuseport "$python" -c 'import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print("up", flush=True)
s.accept()[0].send(b"x")' "$port"
		await_line $name.out up
	done
	# The kernel deals out: each serves one and ends.
	await 10 sh -c '[ -s "$3/one.rc" ] && [ -s "$3/other.rc" ] || { "$1" -c "import socket, sys
try:
    socket.create_connection((\"127.0.0.1\", int(sys.argv[1]))).recv(1)
except OSError:
    pass" "$2"; false; }' - "$python" "$port" "$tmp" || fail "not both are served"
	is "status" "$(cat "$tmp/one.rc" "$tmp/other.rc" | tr -d '\n')" 00
}

each_option_is_set_at_bind_where_the_family_has_it() {
	traced
	need python3
	capture "$REUSE" run --json-fd 2 --set reuseaddr,reuseport,v6only,freebind,no-port "$python" -c 'import socket
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::")):
    s = socket.socket(family)
    s.bind((host, 0))
    print(*(int(s.getsockopt(level, name) != 0) for level, name in (
        (socket.SOL_SOCKET, socket.SO_REUSEADDR), (socket.SOL_SOCKET, socket.SO_REUSEPORT),
        (socket.IPPROTO_IP, 15), (socket.IPPROTO_IP, 24))))
    if family == socket.AF_INET6:
        print(s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0))
print(u.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))'
	is "what is set" "$(tr '\n' ' ' <"$tmp/run.out")" "1 1 1 1 1 1 1 1 1 0 "
	events run.err
	has events '^call call="bind" .*options=\["SO_REUSEADDR", "SO_REUSEPORT", "IP_BIND_ADDRESS_NO_PORT", "IP_FREEBIND"\] .*set='
	has events '^call call="bind" .*set=\["SO_REUSEADDR", "SO_REUSEPORT", "IPV6_V6ONLY", "IP_BIND_ADDRESS_NO_PORT", "IP_FREEBIND"\]'
}

no_v6only_takes_it_off() {
	traced
	need python3
	capture "$REUSE" run --set no-v6only "$python" -c 'import socket
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.bind(("::", 0))
print(s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))'
	is IPV6_V6ONLY "$(cat "$tmp/run.out")" 0
}

# _dial SOURCE TEXT...: python whose connects are made from SOURCE.
_dial() {
	dial_source=$1; shift
	capture "$REUSE" run --source "$dial_source" "$python" -c "$@"
}

any_client_connects_from_the_source_again_and_again() {
	traced
	hold holder
	server=$port
	free_port
	for n in 1 2 3 4; do
		_dial "127.0.0.1:$port" 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print(s.getsockname())' "$server"
		is "source of connection $n" "$(cat "$tmp/run.out")" "('127.0.0.1', $port)"
		[ $n = 1 ] || has run.err "connect\\(3, 127.0.0.1:$server\\) = 0"
	done
}

a_socket_that_is_bound_keeps_its_source() {
	traced
	hold holder
	_dial 127.0.0.1:0 'import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
before = s.getsockname()
s.connect(("127.0.0.1", int(sys.argv[1])))
print(before == s.getsockname(), s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))' "$port"
	is "source and option" "$(cat "$tmp/run.out")" "True 0"
}

an_ipv6_socket_to_ipv4_gets_the_mapped_source() {
	traced
	hold holder
	server=$port
	free_port
	_dial "127.0.0.1:$port" 'import socket, sys
s = socket.socket(socket.AF_INET6)
s.connect(("::ffff:127.0.0.1", int(sys.argv[1])))
print(s.getsockname()[:2])' "$server"
	is source "$(cat "$tmp/run.out")" "('::ffff:127.0.0.1', $port)"
}

the_other_family_is_left_as_it_is_and_said_once() {
	traced
	need python3
	_dial "127.0.0.1:0" 'import socket
a = socket.socket(socket.AF_INET6)
a.bind(("::1", 0))
a.listen()
for _ in range(3):
    s = socket.socket(socket.AF_INET6)
    s.connect(a.getsockname())
    print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))'
	is options "$(tr '\n' ' ' <"$tmp/run.out")" "0 0 0 "
	is notes "$(count run.err '^reuse run: [^ ]+\[[0-9]+\] .*family')" 1
}

a_source_that_cannot_be_had_is_the_connects_errno() {
	traced
	hold holder
	server=$port
	spawn other "$python" -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
time.sleep(60)'
	await 10 test -s "$tmp/other.out" || fail "the other does not bind"
	port=$(cat "$tmp/other.out")
	_dial "127.0.0.1:$port" 'import errno, socket, sys
for _ in range(2):
    s = socket.socket()
    try:
        s.connect(("127.0.0.1", int(sys.argv[1])))
    except OSError as e:
        print(errno.errorcode[e.errno])
    print(s.getsockname())' "$server"
	is "what the program hears" "$(sort -u "$tmp/run.out" | tr '\n' ' ')" "('0.0.0.0', 0) EADDRINUSE "
	has run.err "connect\\(3, 127.0.0.1:$server\\) = -1 EADDRINUSE .*127.0.0.1:$port"
	_dial 192.0.2.1:0 'import socket, sys
print(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))))' "$server"
	is "errno of a foreign address" "$(cat "$tmp/run.out")" "$("$python" -c 'import errno; print(errno.EADDRNOTAVAIL)')"
	capture "$REUSE" run --json --source 192.0.2.1:0 "$python" -c 'import socket, sys
print(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))))' "$server"
	events run.err
	has events "^call call=\"connect\" .*local=\"192.0.2.1:0\" .*peer=\"127.0.0.1:$server\" .*result=\"EADDRNOTAVAIL\""
}

foreign_programs_can_be_both() {
	traced
	hold holder
	for words in "curl -sm 2 http://127.0.0.1:$port/" "busybox nc 127.0.0.1 $port" "socat - TCP:127.0.0.1:$port" \
		"ncat --no-shutdown 127.0.0.1 $port"; do
		client=${words%% *}
		command -v "$client" >/dev/null || { echo "skip $promise: $client is not installed"; continue; }
		# shellcheck disable=SC2086 # several words
		spawn "$client" "$REUSE" run --json --source 127.0.0.1:0 $words
		await_line "$client.err" '"call":"connect"'
		stop "$client" KILL
		events "$client.err"
		has events "^call call=\"connect\" .*local=\"127.0.0.1:[1-9].*peer=\"127.0.0.1:$port\" .*set=\[\"SO_REUSEADDR\", \"SO_REUSEPORT\"\]"
	done
}

# _go TEXT: $tmp/static, a static program of that Go source.
_go() {
	command -v go >/dev/null || skip "go is not installed"
	mkdir -p "$tmp/go"
	printf '%s\n' "$1" >"$tmp/go/main.go"
	(cd "$tmp/go" && GOFLAGS=-mod=mod GO111MODULE=off GOCACHE="${TMPDIR:-/tmp}/reuse-go-cache" CGO_ENABLED=0 \
		timeout 100 go build -o "$tmp/static" main.go) >"$tmp/go.err" 2>&1 || fail "go builds nothing"
}

static_go_programs_share_a_port_too() {
	traced
	_go 'package main
import ("fmt"; "net"; "os")
func main() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil { fmt.Println(err); os.Exit(1) }
	fmt.Println("up")
	c, _ := l.Accept()
	c.Close()
}'
	free_port
	for name in one other; do
		spawn $name "$REUSE" run --set reuseport "$tmp/static" "127.0.0.1:$port"
		await_line $name.out up
		has $name.err "^static\[$(pid_of $name)\] bind\([0-9]+, 127.0.0.1:$port\) = 0"
	done
}

under_another_tracer_it_says_so() {
	traced
	need strace
	capture strace -f -o /dev/null "$REUSE" run echo hi
	is status "$status" 0
	is output "$(cat "$tmp/run.out")" hi
	has run.err '^reuse run: nothing is watched: '
	is lines "$(lines run.err)" 1
	capture strace -f -o /dev/null "$REUSE" run --set reuseport echo hi
	is "status with --set" "$status" 1
	silent run.out
	has run.err '^reuse run: nothing is watched: '
}

within_another_run_the_outer_one_shows() {
	traced
	need python3
	capture "$REUSE" run "$REUSE" run "$python" -c 'import socket
socket.socket().bind(("127.0.0.1", 0))'
	is status "$status" 0
	is binds "$(count run.err '\] bind\(3, 127.0.0.1:0\) = 0$')" 1
	has run.err '^reuse run: nothing is watched: '
}

where_pidfd_getfd_is_refused_it_says_so() {
	traced
	need python3
	# As a container's filter may: EPERM for pidfd_getfd.
	cat >"$tmp/refuse.py" <<'END'
import ctypes, os, struct, sys
machine = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}.get(os.uname().machine) or sys.exit(77)
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 438), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = b"".join(struct.pack("HBBI", *s) for s in steps)
buffer = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
libc.prctl(22, 2, ctypes.create_string_buffer(program)) == 0 or sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
END
	capture "$python" "$tmp/refuse.py" "$REUSE" run echo hi
	[ "$status" != 77 ] || skip "no filter for this machine"
	is status "$status" 0
	is output "$(cat "$tmp/run.out")" hi
	has run.err '^reuse run: nothing is watched: pidfd_getfd is refused \(EPERM\)$'
	capture "$python" "$tmp/refuse.py" "$REUSE" run --source 127.0.0.1:0 echo hi
	is "status with --source" "$status" 1
	silent run.out
}

a_process_that_lets_nobody_look_goes_on() {
	traced
	need python3
	[ "$(id -u)" != 0 ] || need setpriv /usr/bin/python3
	[ "$(id -u)" != 0 ] || python=/usr/bin/python3
	# Not dumpable: only who has CAP_SYS_PTRACE may look.
	set -- "$REUSE" run --set reuseport "$python" -c 'import ctypes, socket
ctypes.CDLL(None).prctl(4, 0)
for _ in range(2):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))'
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid 65534 --clear-groups "$@"
	capture "$@"
	is "status" "$status" 0
	is "options" "$(tr '\n' ' ' <"$tmp/run.out")" "0 0 "
	is "notes" "$(count run.err '^reuse run: .*pidfd_getfd: EPERM')" 1
}

# What run has given up holds for COMMAND as well, where who calls it may set a filter no other way: seccomp(2).
a_program_that_would_gain_privileges_is_told_of_once_and_no_other() {
	traced
	[ "$(id -u)" = 0 ] || skip "only root can make a file that gives privileges"
	need setpriv
	chmod 755 "$tmp"
	cp "$(command -v sleep)" "$tmp/gains"
	chmod 4755 "$tmp/gains"
	capture setpriv --reuid 65534 --regid 65534 --clear-groups "$REUSE" run sh -c '"$1" 0; "$1" 0; sleep 0' - "$tmp/gains"
	is lines "$(sed 's/\[[0-9]*\]/[PID]/' "$tmp/run.err")" \
		"reuse run: gains[PID] cannot gain the privileges of its file here: run has no CAP_SYS_ADMIN"
	chown 65534 "$tmp/gains"
	chmod 4755 "$tmp/gains"
	capture "$REUSE" run sh -c '"$1" 0; sleep 0' - "$tmp/gains"
	silent run.err
}

keep_promises
