#!/bin/sh
# `reuse run` with servers that people use, and programs of other kinds: of another machine, in another root, with
# filters of their own.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/run.sh
. "$lib/run.sh"

# _nginx NAME: the configuration $tmp/NAME.conf of an nginx in the foreground on $port, which answers NAME.
_nginx() {
	PATH=$PATH:/usr/sbin:/usr/local/sbin
	need nginx
	mkdir "$tmp/$1"
	cat >"$tmp/$1.conf" <<-END
		daemon off; pid $tmp/$1/pid; error_log stderr;
		events {}
		http {
			access_log off;
			client_body_temp_path $tmp/$1/a; proxy_temp_path $tmp/$1/b; fastcgi_temp_path $tmp/$1/c;
			uwsgi_temp_path $tmp/$1/d; scgi_temp_path $tmp/$1/e;
			server { listen 127.0.0.1:$port; location / { return 200 $1; } }
		}
	END
}

# _both_answer: until two servers on $port have both answered, "one" and "other".
_both_answer() {
	await 15 "$python" -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
said = set()
try:
    for _ in range(30):
        said.add(opener.open("http://127.0.0.1:" + sys.argv[1], timeout=2).read().decode())
except OSError:
    pass
sys.exit(said != {"one", "other"})' "$port" || fail "not both of them answer"
}

two_nginx_share_a_port() {
	traced
	need python3
	free_port
	for name in one other; do
		_nginx "$name"
		spawn "$name" "$REUSE" run --set reuseport nginx -e stderr -c "$tmp/$name.conf"
	done
	_both_answer
	for name in one other; do
		stop "$name" QUIT
		is "status of $name" "$status" 0
		has $name.err "^nginx\[$(pid_of $name)\] bind\([0-9]+, 127.0.0.1:$port\) = 0\$"
	done
}

an_nginx_that_tries_five_times_is_explained_once() {
	traced
	hold holder
	_nginx one
	capture "$REUSE" run nginx -e stderr -c "$tmp/one.conf"
	is status "$status" 1
	is "lines of the call" "$(count run.err "^nginx\\[.*\\] bind\\([0-9]+, 127.0.0.1:$port\\) = -1 EADDRINUSE\$")" 5
	is explanations "$(count run.err "^TCP 127.0.0.1:$port is in use: ")" 1
	has run.err "^- .*kill $(pid_of holder)"
	is "its own complaints" "$(count run.err '\[emerg\].* bind\(\) to .* failed')" 5
}

# _node NAME: node that answers NAME on $port.
_node() {
	need node
	spawn "$1" "$REUSE" run --set reuseport node -e '
const [name, port] = process.argv.slice(1);
require("http").createServer((_, answer) => answer.end(name)).listen(port, "127.0.0.1");' "$1" "$port"
}

two_nodes_share_a_port() {
	traced
	need python3
	free_port
	_node one
	_node other
	_both_answer
}

a_node_that_is_refused_is_explained() {
	traced
	need node
	hold holder
	capture "$REUSE" run node -e '
require("net").createServer().on("error", (e) => { console.log(e.code); process.exit(3); }).listen(process.argv[1], "127.0.0.1");' \
		"$port"
	is "status, and what it hears" "$status $(cat "$tmp/run.out")" "3 EADDRINUSE"
	has run.err "^(node|MainThread)\[[0-9]+\] bind\([0-9]+, 127.0.0.1:$port\) = -1 EADDRINUSE\$"
	has run.err "^TCP 127.0.0.1:$port is in use: "
}

a_program_of_32_bits_is_watched_too() {
	traced
	[ "$(uname -m)" = x86_64 ] || skip "not an x86-64"
	need cc
	cat >"$tmp/a.c" <<-'END'
		#include <arpa/inet.h>
		#include <stdio.h>
		int main(void)
		{
			struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
			int on = 0, s = socket(AF_INET, SOCK_STREAM, 0);
			socklen_t len = sizeof on;
			bind(s, (struct sockaddr *)&a, sizeof a);
			getsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, &len);
			printf("%d\n", on);
			return 6;
		}
	END
	cc -m32 -o "$tmp/a" "$tmp/a.c" 2>"$tmp/cc.err" && "$tmp/a" >/dev/null
	[ $? = 6 ] || skip "no program of 32 bits can be built or run here"
	capture "$REUSE" run --set reuseport "$tmp/a"
	is "status, and the option" "$status $(cat "$tmp/run.out")" "6 1"
	has run.err '^a\[[0-9]+\] bind\(3, 127.0.0.1:0\) = 0$'
}

# Within socketcall, as older libraries of 32 bits have it, the flags lie in memory: sendto is 11, sendmsg 16. A program of
# 64 bits makes the calls of 32, so that no library of 32 is needed.
a_send_within_socketcall_that_connects_has_the_source() {
	traced
	need cc
	hold holder
	server=$port
	free_port
	cat >"$tmp/a.c" <<-'END'
		#define _GNU_SOURCE
		#include <arpa/inet.h>
		#include <stdint.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <sys/mman.h>
		#include <unistd.h>
		static struct low { /* where 32 bits reach */
			struct sockaddr_in to;
			char text[8];
			uint32_t part[2], message[7], words[6];
		} *low;
		static uint32_t at(const void *what) { return (uint32_t)(uintptr_t)what; }
		static int socketcall(long which)
		{
			long result = 102;
			__asm__ volatile("int $0x80" : "+a"(result) : "b"(which), "c"(low->words) : "memory", "r8", "r9", "r10", "r11");
			return (int)result;
		}
		int main(int n, char **words)
		{
			struct linger reset = {1, 0};
			low = mmap(NULL, sizeof *low, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
			*low = (struct low){{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}}, "hello",
				{at(low->text), 5}, {at(&low->to), sizeof low->to, at(low->part), 1}};
			low->to.sin_port = htons(n > 1 ? atoi(words[1]) : 9);
			for (int i = 0; i < 3; i++) {
				int s = socket(AF_INET, i < 2 ? SOCK_STREAM : SOCK_DGRAM, 0);
				const uint32_t sendto_[] = {s, at(low->text), 5, i < 2 ? MSG_FASTOPEN : 0, at(&low->to), sizeof low->to};
				const uint32_t sendmsg_[] = {s, at(low->message), MSG_FASTOPEN};
				struct sockaddr_in from;
				socklen_t size = sizeof from;
				for (int j = 0; j < 6; j++)
					low->words[j] = i != 1 ? sendto_[j] : j < 3 ? sendmsg_[j] : 0;
				setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
				int sent = socketcall(i == 1 ? 16 : 11);
				getsockname(s, (struct sockaddr *)&from, &size);
				printf("%d %d\n", sent, i < 2 ? ntohs(from.sin_port) : 0);
				close(s);
			}
			return 0;
		}
	END
	cc -o "$tmp/a" "$tmp/a.c" 2>"$tmp/cc.err" && "$tmp/a" >/dev/null 2>&1 || skip "no calls of 32 bits can be made here"
	capture "$REUSE" run --source "127.0.0.1:$port" "$tmp/a" "$server"
	is "what the program sees" "$(tr '\n' ' ' <"$tmp/run.out")" "5 $port 5 $port 5 0 "
	is lines "$(sed 's/^[^ ]* //' "$tmp/run.err" | tr '\n' ' ')" \
		"sendto(3, 127.0.0.1:$server, MSG_FASTOPEN) = 5 sendmsg(3, 127.0.0.1:$server, MSG_FASTOPEN) = 5 "
}

# Without /proc, /dev and /tmp.
in_a_bare_root_it_runs_and_shows() {
	traced
	need busybox ldd
	[ "$(id -u)" = 0 ] || skip "only root may change its root"
	mkdir -p "$tmp/root/bin"
	cp "$REUSE" "$tmp/root/bin/reuse"
	cp "$(command -v busybox)" "$tmp/root/bin/busybox"
	for program in reuse busybox; do
		ldd "$tmp/root/bin/$program" 2>/dev/null | grep -o '/[^ )]*'
	done | while read -r library; do
		(cd / && tar -chf - ".$library") | tar -xf - -C "$tmp/root"
	done
	chroot "$tmp/root" /bin/reuse run /bin/busybox true 2>"$tmp/try.err" || skip "the program does not run in a bare root"
	free_port
	capture chroot "$tmp/root" /bin/reuse run --source 127.0.0.1:0 /bin/busybox nc 127.0.0.1 "$port"
	is status "$status" 1
	has run.err "^[^ ]*\[[0-9]+\] connect\(3, 127.0.0.1:$port\) = -1 ECONNREFUSED\$"
	# What a child leaves behind holds no pipe of it.
	capture timeout 6 sh -c 'chroot "$1" /bin/reuse run /bin/busybox sh -c "/bin/busybox sleep 12 >&- 2>&- & echo out" 2>&1 | cat' - \
		"$tmp/root"
	is "status, with a child left behind" "$status" 0
	has run.out 'out$' # a complaint of the shell's may stand before
}

# Its answer goes before the tracer's look: user notification, seccomp(2).
a_filter_of_the_programs_own_works_on() {
	traced
	need python3
	text='import ctypes, fcntl, os, socket, struct, sys, threading
machine = {"x86_64": (49, 317), "aarch64": (200, 277)}.get(os.uname().machine) or sys.exit(77)
bind, seccomp = machine
c = ctypes.CDLL(None)
c.prctl(38, 1, 0, 0, 0)
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, bind), (0x06, 0, 0, 0x7FC00000), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *s) for s in steps))
fd = c.syscall(seccomp, 1, 8, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code)))
fd >= 0 or sys.exit(77)
def answer():
    call = bytearray(80)
    fcntl.ioctl(fd, 0xC0502100, call)
    fcntl.ioctl(fd, 0xC0182101, struct.pack("QqiI", struct.unpack_from("Q", call)[0], 0, -95, 0))
thread = threading.Thread(target=answer)
thread.start()
s = socket.socket()
try:
    s.bind(("127.0.0.1", 0))
except OSError as e:
    print(e.errno)
s.listen()
print("listens")'
	py "$text"
	[ "$status" != 77 ] || skip "no user notification here"
	is "what it hears" "$(tr '\n' ' ' <"$tmp/run.out")" "95 listens "
	is "notes" "$(count run.err '^reuse run: [^ ]+\[[0-9]+\] has a seccomp filter of its own: ')" 1
	has run.err '\] listen\([0-9]+, [0-9]+\) = 0$'
}

keep_promises
