#!/bin/sh
# `reuse run`: the program that is run finds all as it was, and so does whoever has started it.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/run.sh
. "$lib/run.sh"

output_input_and_status_are_the_programs() {
	traced
	status=0
	echo input | "$REUSE" run sh -c 'cat; echo more; echo complaint >&2; exit 7' >"$tmp/out" 2>"$tmp/err" || status=$?
	is status "$status" 7
	is output "$(cat "$tmp/out")" "input
more"
	is stderr "$(cat "$tmp/err")" complaint
}

words_behind_the_command_are_its_own() {
	traced
	run run echo -v --set x -- -q
	is "the words" "$(cat "$tmp/run.out")" "-v --set x -- -q"
	run run -q -- printf '%s ' --help --
	is "the words behind --" "$(cat "$tmp/run.out")" "--help -- "
}

death_by_a_signal_is_seen_by_its_parent() {
	traced
	need python3
	for signal in KILL TERM SEGV PIPE; do
		capture "$python" -c 'import subprocess, sys
print(subprocess.run(sys.argv[1:]).returncode)' "$REUSE" run sh -c "ulimit -c 0; kill -$signal \$\$"
		is "status after SIG$signal" "$(cat "$tmp/run.out")" "-$("$python" -c "import signal; print(int(signal.SIG$signal))")"
	done
}

all_that_a_process_finds_of_itself_is_the_same() {
	traced
	need python3 proc
	for way in plain odd; do
		for with in '' "$REUSE run"; do
			set -- sh -c 'exec $1 "$2" "$3" $$ $PPID a "b c"' - "$with" "$python" "$lib/state.py"
			[ $way = plain ] || set -- "$python" "$lib/state.py" odd "$@"
			status=0
			timeout 20 "$@" >"$tmp/$way.out" 2>"$tmp/$way.err" || status=$?
			is "status of $way" "$status" 0
			[ -n "$with" ] || cp "$tmp/$way.out" "$tmp/without.out"
		done
		has without.out '^children none$'
		diff "$tmp/without.out" "$tmp/$way.out" >"$tmp/diff.out" || fail "$way: it finds differences"
	done
}

an_unknown_program_is_127_and_one_that_is_none_126() {
	traced
	run run nosuch-program
	is status "$status" 127
	has run.err "^reuse run: .*nosuch-program.*ENOENT"
	: >"$tmp/file"
	run run "$tmp/file"
	is status "$status" 126
	run run
	is "status without COMMAND" "$status" 2
	has run.err '^reuse run: .*COMMAND'
}

# execvp(3) says EACCES of it, where a folder may not be searched.
a_name_that_no_folder_of_PATH_has_is_not_found_behind_a_closed_one_either() {
	traced
	[ "$(id -u)" -eq 0 ] || skip "root tries it as somebody else"
	need setpriv
	cp "$REUSE" "$tmp/reuse"
	mkdir "$tmp/open" "$tmp/closed"
	chmod 755 "$tmp" "$tmp/reuse" "$tmp/open"
	chmod 700 "$tmp/closed"
	capture setpriv --reuid 65534 --regid 65534 --clear-groups env "PATH=$tmp/open:$tmp/closed" "$tmp/reuse" run nosuch
	is status "$status" 127
	has run.err "^reuse run: 'nosuch': .*\(ENOENT\)$"
	: >"$tmp/open/nosuch"
	capture setpriv --reuid 65534 --regid 65534 --clear-groups env "PATH=$tmp/closed:$tmp/open" "$tmp/reuse" run nosuch
	is "status of one that is no program" "$status" 126
	has run.err "^reuse run: 'nosuch': .*\(EACCES\)$"
}

children_threads_and_execs_are_followed() {
	traced
	for way in thread fork exec vfork spawn; do
		py 'import os, socket, subprocess, sys, threading
def take():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
own = "import socket; socket.socket().bind((\"127.0.0.1\", 0))"
way = sys.argv[1]
if way == "thread":
    t = threading.Thread(target=take)
    t.start()
    t.join()
elif way == "fork":
    pid = os.fork()
    if pid == 0:
        take()
        os._exit(0)
    os.waitpid(pid, 0)
elif way == "exec":
    os.execv("/bin/sh", ["sh", "-c", "exec sh -c \"exec $0 -c \\\"\\$1\\\"\" $0 \"$1\"", sys.executable, own])
elif way == "vfork":
    subprocess.run([sys.executable, "-c", own], close_fds=False)
else:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", own], os.environ), 0)' $way
		is "status of $way" "$status" 0
		is "binds by $way" "$(count run.err '^[^ ]+\[[0-9]+\] bind\([0-9]+, 127.0.0.1:0\) = 0$')" 1
	done
	# The process's number, not the thread's.
	py 'import os, socket, threading
def take():
    socket.socket().bind(("127.0.0.1", 0))
t = threading.Thread(target=take)
t.start()
t.join()
print(os.getpid())'
	has run.err "\[$(cat "$tmp/run.out")\] bind"
}

two_hundred_children_are_all_seen() {
	traced
	py 'import os, socket
pids = []
for i in range(200):
    pid = os.fork()
    if pid == 0:
        socket.socket().bind(("127.0.0.1", 0))
        os._exit(i % 7)
    pids.append(pid)
print(sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids))'
	is "sum of statuses" "$(cat "$tmp/run.out")" "$("$python" -c 'print(sum(i % 7 for i in range(200)))')"
	is binds "$(count run.err '\] bind\([0-9]+, 127.0.0.1:0\) = 0$')" 200
	is pids "$(sed 's/.*\[\([0-9]*\)\].*/\1/' "$tmp/run.err" | sort -u | grep -c .)" 200
}

job_control_is_as_without() {
	traced
	need python3
	capture "$python" -c 'import os, signal, sys
end, word = os.pipe()  # it ends only when it was seen to go on
pid = os.fork()
if pid == 0:
    os.dup2(end, 0)
    os.execv(sys.argv[1], sys.argv[1:])
print(os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]))
os.kill(pid, signal.SIGCONT)
print(os.WIFCONTINUED(os.waitpid(pid, os.WCONTINUED)[1]))
os.write(word, b"\n")
print(os.waitpid(pid, 0)[1] >> 8)' "$REUSE" run sh -c 'kill -STOP $$; read word; exit 5'
	is "stopped, continued, status" "$(tr '\n' ' ' <"$tmp/run.out")" "True True 5 "
}

a_terminal_is_the_programs() {
	traced
	need terminal
	capture "$python" -c 'import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
heard = b""
while b"go" not in heard:
    heard += os.read(fd, 99)
os.write(fd, b"\x03")
try:
    while True:
        heard += os.read(fd, 99) or sys.exit()
except OSError:
    pass
print(os.WTERMSIG(os.waitpid(pid, 0)[1]), b"tty" in heard)' "$REUSE" run sh -c 'test -t 0 && test -t 2 && echo tty; echo go; exec sleep 20'
	is "ctrl-c ends it" "$(cat "$tmp/run.out")" "2 True"
}

# _times N: whether the program has said so often that a signal came.
_times() { [ "$(count program.out one)" -ge "$1" ]; }

each_signal_reaches_it_once() {
	traced
	spawn program "$REUSE" run "$python" -c 'import signal, sys
count = 0
def hear(*_):
    global count
    count += 1
signal.signal(signal.SIGUSR1, hear)
def end(*_):
    print(count, flush=True)
    sys.exit(9)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
    print("one", flush=True)'
	await_line program.out ready
	for n in 1 2 3; do
		tell program USR1
		await 10 _times "$n" || fail "signal $n did not come"
	done
	stop program TERM
	is status "$status" 9
	is signals "$(tail -n 1 "$tmp/program.out")" 3
}

bad_pointers_and_short_addresses_are_the_programs_affair() {
	traced
	py 'import ctypes, os, socket
c = ctypes.CDLL(None, use_errno=True)
s = socket.socket()
for call in (c.bind, c.connect):
    for at, size in ((1, 16), (-1, 16), (0, 0), (ctypes.create_string_buffer(b"\x02\0\0\0", 16), 3),
                     (ctypes.create_string_buffer(200), 200), (1, -1)):
        r = call(s.fileno(), ctypes.c_void_p(at) if isinstance(at, int) else at, size)
        print(r, os.strerror(ctypes.get_errno()))
print(c.bind(999, None, 16), c.listen(-1, 3), c.connect(0, None, 0))'
	cp "$tmp/run.out" "$tmp/with.out"
	capture "$python" -c "import sys; exec(sys.argv[1])" 'import ctypes, os, socket
c = ctypes.CDLL(None, use_errno=True)
s = socket.socket()
for call in (c.bind, c.connect):
    for at, size in ((1, 16), (-1, 16), (0, 0), (ctypes.create_string_buffer(b"\x02\0\0\0", 16), 3),
                     (ctypes.create_string_buffer(200), 200), (1, -1)):
        r = call(s.fileno(), ctypes.c_void_p(at) if isinstance(at, int) else at, size)
        print(r, os.strerror(ctypes.get_errno()))
print(c.bind(999, None, 16), c.listen(-1, 3), c.connect(0, None, 0))'
	is lines "$(lines with.out)" 13
	cmp -s "$tmp/run.out" "$tmp/with.out" || fail "it hears other errnos"
}

a_killed_tracer_takes_the_program_with_it() {
	traced
	need proc
	spawn program "$REUSE" run sh -c 'sleep 60 & wait'
	await 10 grep -qs '^TracerPid:.*[1-9]' "/proc/$(pid_of program)/status" || fail "it is not traced"
	await 10 sh -c 'pgrep -P "$1" sleep' - "$(pid_of program)" >"$tmp/child" || fail "no child"
	kill -s KILL "$(sed -n 's/^TracerPid:[^0-9]*//p' "/proc/$(pid_of program)/status")"
	ended program
	is status "$status" 137
	await 5 sh -c '! kill -0 "$1" 2>/dev/null' - "$(cat "$tmp/child")" || fail "its child goes on"
}

an_end_in_order_leaves_no_process() {
	traced
	need proc
	spawn program "$REUSE" run sh -c 'sleep 1'
	await 10 grep -qs '^TracerPid:.*[1-9]' "/proc/$(pid_of program)/status" || fail "it is not traced"
	tracer=$(sed -n 's/^TracerPid:[^0-9]*//p' "/proc/$(pid_of program)/status")
	ended program
	await 5 sh -c '! grep -qs "^State:.[^Z]" "/proc/$1/status"' - "$tracer" || fail "the tracer stays"
}

# As in a container, whose first process ends all others; and where orphans become its own.
the_first_process_and_one_that_inherits_orphans_have_no_child_more() {
	traced
	need python3
	own_pids --mount-proc
	hold holder
	text='import os, socket, sys
if os.fork() == 0:
    os._exit(3)
os.wait()
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("none more", flush=True)
try:
    socket.socket().bind(("127.0.0.1", int(sys.argv[1])))
except OSError:
    os._exit(9)'
	# shellcheck disable=SC2086 # several words
	capture $own_pids "$REUSE" run "$python" -c "$text" "$port"
	is "status of process 1" "$status" 9
	is "children of process 1" "$(cat "$tmp/run.out")" "none more"
	has run.err "^TCP 127.0.0.1:$port is in use"
	capture "$python" -c 'import ctypes, os, sys
ctypes.CDLL(None).prctl(36, 1)
os.execv(sys.argv[1], sys.argv[1:])' "$REUSE" run "$python" -c "$text" "$port"
	is "status of a subreaper" "$status" 9
	is "children of a subreaper" "$(cat "$tmp/run.out")" "none more"
}

keep_promises
