#!/bin/sh
# `reuse run`: which calls are shown, how, and where to.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/run.sh
. "$lib/run.sh"

# A server and a client in one: bind, listen, connect, each to an end and refused.
ends='import os, socket, sys
a = socket.socket(int(sys.argv[1]) if len(sys.argv) > 1 else socket.AF_INET)
host = "::1" if a.family == socket.AF_INET6 else "127.0.0.1"
a.bind((host, 0))
a.listen(7)
b = socket.socket(a.family)
b.connect(a.getsockname()[:2])
s, _ = a.accept()
c = socket.socket(a.family)
try:
    c.bind(a.getsockname()[:2])
except OSError:
    pass
print(a.getsockname()[1], b.getsockname()[1], os.getpid())'

each_call_is_a_line_as_explain_writes_it() {
	traced
	py "$ends"
	read -r port _ pid <"$tmp/run.out"
	is lines "$(grep -E "^[^ ]+\[$pid\] [a-z]+\(" "$tmp/run.err" | sed 's/^[^ ]*\[[0-9]*\] //')" "bind(3, 127.0.0.1:0) = 0
listen(3, 7) = 0
connect(4, 127.0.0.1:$port) = 0
bind(6, 127.0.0.1:$port) = -1 EADDRINUSE"
	is "the program" "$(sed -n '1s/\[.*//p' "$tmp/run.err")" "$(py 'print(open("/proc/self/comm").read().strip())'; cat "$tmp/run.out")"
}

v_shows_socket_setsockopt_accept_and_close_too() {
	traced
	need python3
	capture "$REUSE" run -v "$python" -c 'import socket
a = socket.socket()
a.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
a.bind(("127.0.0.1", 0))
a.listen(1)
b = socket.create_connection(a.getsockname())
s, peer = a.accept()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0))
u.close()
s.close()
print(peer[1])'
	for line in 'socket\(AF_INET, SOCK_STREAM, [06]\) = 3' 'setsockopt\(3, SOL_SOCKET, SO_REUSEADDR, 1\) = 0' \
		"accept\\(3, 127.0.0.1:$(cat "$tmp/run.out")\\) = 5" 'close\(5\) = 0'; do
		is "lines of $line" "$(count run.err "^[^ ]+ $line\$")" 1
	done
	is "lines of UDP" "$(count run.err '\] (bind|close)\(6')" 0
}

ipv6_and_mptcp_are_tcp_too() {
	traced
	py "$ends" 10
	has run.err '\] bind\(3, \[::1\]:0\) = 0$'
	capture "$REUSE" run "$python" -c 'import socket, sys
try:
    a = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
except OSError:
    sys.exit(77)
a.bind(("127.0.0.1", 0))
a.listen()'
	[ "$status" != 77 ] || skip "no MPTCP here"
	has run.err '\] bind\(3, 127.0.0.1:0\) = 0$'
	has run.err '\] listen\(3, '
}

q_shows_the_refused_alone() {
	traced
	hold holder
	capture "$REUSE" run -q "$python" -c 'import socket, sys
socket.socket().bind(("127.0.0.1", 0))
for _ in range(3):
    try:
        socket.socket().bind(("127.0.0.1", int(sys.argv[1])))
    except OSError:
        pass' "$port"
	is "lines of calls" "$(count run.err '\] [a-z]+\(')" 3
	is "refused lines" "$(count run.err "bind\\(3, 127.0.0.1:$port\\) = -1 EADDRINUSE\$")" 3
	has run.err "^TCP 127.0.0.1:$port is in use: "
	lacks run.err '^(- |LISTEN)'
}

D_stamps_each_line() {
	traced
	capture "$REUSE" run -D "$python" -c 'import socket
socket.socket().bind(("127.0.0.1", 0))'
	is lines "$(count run.err '^\[[0-9]+\.[0-9]{6}\] [^ ]+ bind\(3, 127.0.0.1:0\) = 0$')" "$(lines run.err)"
}

only_a_program_of_that_name_is_shown() {
	traced
	need python3
	capture "$REUSE" run --only sh "$python" -c 'import socket
socket.socket().bind(("127.0.0.1", 0))'
	silent run.err
	name=$("$python" -c 'print(open("/proc/self/comm").read().strip())')
	capture "$REUSE" run --only "$name" sh -c '"$1" -c "import socket; socket.socket().bind((\"127.0.0.1\", 0))"' - "$python"
	has run.err "^$name\[[0-9]+\] bind"
	capture "$REUSE" run --only sh --set reuseport "$python" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))'
	is "SO_REUSEPORT" "$(cat "$tmp/run.out")" 0
}

json_says_it_all_on_its_descriptor_alone() {
	traced
	need python3
	hold holder
	capture sh -c '"$1" run --json-fd 7 --set reuseaddr "$2" -c "import os, socket, sys
s = socket.socket()
s.bind((\"127.0.0.1\", 0))
s.listen()
c = socket.create_connection(s.getsockname())
for _ in range(2):
    try:
        socket.socket().bind((\"127.0.0.1\", int(sys.argv[1])))
    except OSError:
        pass
print(os.path.exists(\"/proc/self/fd/7\"), s.getsockname()[1], c.getsockname()[1])" "$3" 7>"$4"' - \
		"$REUSE" "$python" "$port" "$tmp/json.out"
	silent run.err
	read -r inherited own from <"$tmp/run.out"
	is "whether it inherits the descriptor" "$inherited" False
	events json.out
	has events '^start command="run"'
	is "call events" "$(count events '^call ')" 5
	has events "^call call=\"bind\" fd=3 local=\"127.0.0.1:$own\" options=\[\"SO_REUSEADDR\"\] peer=null pid=[0-9]+ program=\"[^\"]+\" result=\"ok\" set=\[\"SO_REUSEADDR\"\] "
	has events "^call call=\"listen\" fd=3 local=\"127.0.0.1:$own\" .*result=\"ok\" set=\[\] "
	has events "^call call=\"connect\" fd=4 local=\"127.0.0.1:$from\" options=\[\] peer=\"127.0.0.1:$own\" .*result=\"ok\""
	is "refused" "$(count events "^call call=\"bind\" .*local=\"127.0.0.1:$port\" .*result=\"EADDRINUSE\"")" 2
	run run --json nosuch-program
	has run.err '"event":"error".*"call":"execve","errno":"ENOENT"'
	run run --json-fd 99 true
	is "status of a closed descriptor" "$status" 2
	has run.err "^reuse run: --json-fd '99': not open"
	status=0
	"$REUSE" run --json echo ran >"$tmp/run.out" 2>&- || status=$?
	is "status of --json without stderr" "$status" 2
	is output "$(cat "$tmp/run.out")" ""
}

nothing_waits_for_who_reads() {
	traced
	need python3
	capture "$python" -c 'import os, subprocess, sys
r, w = os.pipe()
p = subprocess.Popen([sys.argv[1], "run", sys.executable, "-c", """import socket, sys
for i in range(2000):
    socket.socket().bind(("127.0.0.1", 0))
print("done", flush=True)
sys.stdin.readline()
socket.socket().bind(("127.0.0.1", 0))
"""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=w)
os.close(w)
p.stdout.readline()
said = os.read(r, 1 << 20)
p.stdin.write(b"on\n")
p.stdin.flush()
while part := os.read(r, 1 << 20):
    said += part
lines = said.decode().splitlines()
left_out = [int(l[1:].split()[0]) for l in lines if "left out)" in l]
print(sum("bind(" in l for l in lines) + sum(left_out), len(left_out) > 0, p.wait())' "$REUSE"
	is "lines shown and left out, told, status" "$(cat "$tmp/run.out")" "2001 True 0"
}

a_pipe_is_closed_when_the_command_has_ended() {
	traced
	need python3
	spawn all sh -c 'said=$("$1" run sh -c "sleep 50 >/dev/null 2>&1 & echo \$! >\$1; exit 4" - "$2" 2>&1); echo "$?, $said."' - "$REUSE" "$tmp/daemon"
	ended all 5
	is "status and output" "$(cat "$tmp/all.out")" "4, ."
	kill "$(cat "$tmp/daemon")"
}

a_daemon_goes_on_with_lines_into_a_file() {
	traced
	need python3
	"$REUSE" run --set reuseport sh -c '"$1" -c "import os, socket, time
while os.path.exists(\"$2\"): time.sleep(0.02)
s = socket.socket()
s.bind((\"127.0.0.1\", 0))
open(\"$3\", \"w\").write(str(s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)))" & :' - \
		"$python" "$tmp/wait" "$tmp/set.out" >"$tmp/file.out" 2>"$tmp/file.err" <"$tmp/file.err" &
	: >"$tmp/wait"
	wait $!
	rm "$tmp/wait"
	await 10 test -s "$tmp/set.out" || fail "the daemon does not go on"
	is "SO_REUSEPORT" "$(cat "$tmp/set.out")" 1
	await_line file.err '\] bind\(3, 127.0.0.1:0\) = 0$'
}

malformed_words_are_2_and_nothing_runs() {
	for words in '--set' '--set nope' '--set v6only,no-v6only' '--set reuseaddr,' '--source 3001' '--source 127.1:3001' \
		'--source 127.0.0.1:99999' '--json-fd x' '--nope'; do
		# shellcheck disable=SC2086 # several words
		run run $words touch "$tmp/made"
		is "status of $words" "$status" 2
		is "lines of $words" "$(lines run.err)" 1
		has run.err '^reuse run: '
		silent run.out
		[ ! -e "$tmp/made" ] || fail "$words: it ran all the same"
	done
}

# MSG_FASTOPEN is 0x20000000: the address goes along with the first bytes.
a_send_that_connects_is_shown_and_has_the_source() {
	traced
	hold holder
	server=$port
	free_port
	capture "$REUSE" run --source "127.0.0.1:$port" "$python" -c 'import socket, struct, sys
for way in ("sendto", "sendmsg"):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no TIME_WAIT
    to = ("127.0.0.1", int(sys.argv[1]))
    print(s.sendto(b"hello", 0x20000000, to) if way == "sendto" else s.sendmsg([b"hello"], [], 0x20000000, to),
          s.getsockname()[1])
    s.close()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", 0x20000000, ("127.0.0.1", 9))' "$server"
	is "what the program sees" "$(tr '\n' ' ' <"$tmp/run.out")" "5 $port 5 $port "
	is lines "$(sed 's/^[^ ]* //' "$tmp/run.err" | tr '\n' ' ')" \
		"sendto(3, 127.0.0.1:$server, MSG_FASTOPEN) = 5 sendmsg(3, 127.0.0.1:$server, MSG_FASTOPEN) = 5 "
}

keep_promises
