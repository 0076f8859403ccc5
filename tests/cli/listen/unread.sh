#!/bin/sh
# Nothing that `reuse listen` writes waits for whoever reads it: pipe, terminal, socket, full disk, whichever
# stream and form.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _number NAME: of what unread.py saw.
_number() { sed -n "s/^$1 //p" "$tmp/run.out"; }

# _unread DESCRIPTOR STREAM WORD...: all are served at once, and the end comes within the drain time and two seconds.
_unread() {
	need python3 proc
	capture "$python" "$lib/unread.py" "$REUSE" "$@"
	is "status of unread.py" "$status" 0
	is "served, $*" "$(_number served)" 400
	below "slowest echo in ms, $*" "$(_number slowest_ms)" 500
	is "flags changed, $*" "$(_number flags_changed)" 0
	is "status of listen $*" "$(_number status)" 0
	below "ms from SIGTERM to the end, $*" "$(_number end_ms)" 2500
}

# _counted DESCRIPTOR WORD...: each line was told or counted as left out.
_counted() {
	_unread --count "$@"
	is "lines told and left out, $*" "$(_number told_and_left_out)" 1200
}

a_full_pipe_costs_lines_and_no_echo() { _counted pipe stdout -v -D; }
so_does_one_that_another_process_made_nonblocking() { _counted nonblocking stdout -v -D; }
so_does_a_terminal_that_nobody_reads() { need terminal; _unread terminal stdout -v -D; _counted terminal stdout --json; }
so_does_a_socket() { _counted socket stdout --json; }
so_it_is_with_workers() { _counted pipe stdout --json -w 2; _unread terminal stdout -v -w 2; }

no_workers_line_stands_within_another_ones() {
	need python3 terminal
	capture "$python" -c '
import json, os, re, select, socket, subprocess, sys, tty
master, slave = os.openpty()
tty.setraw(slave)
server = subprocess.Popen([sys.argv[1], "listen", "0", "127.0.0.1", "--json", "-w", "2"], stdin=subprocess.DEVNULL,
                          stdout=slave, stderr=subprocess.DEVNULL)
os.close(slave)
text = b""
while b"listening" not in text or not text.endswith(b"\n"):
    text += os.read(master, 4096)
port = int(re.search(rb"listening.*127.0.0.1:(\d+)", text)[1])

def visit(count):
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(b"hi")
            client.recv(2)

def read(seconds):
    global text
    while select.select([master], [], [], seconds)[0]:
        try:
            text += os.read(master, 65536)
        except OSError:  # EIO: all that had the terminal open are gone
            break

visit(600)  # nobody reads
read(1)
visit(5)
server.terminate()
read(10)
server.wait(10)
events = [json.loads(line) for line in text.splitlines()]
told = sum(event["event"] in ("opened", "heard", "closed") for event in events)
print(told + sum(event.get("lines", 0) for event in events if event["event"] == "left_out"))' "$REUSE"
	is "status" "$status" 0
	is "lines told and left out" "$(cat "$tmp/run.out")" 1815
}

# _cut SITUATION BROKEN [LEFT_OUT]: of a line that the terminal cut, and what came after it.
_cut() {
	need python3 proc terminal
	capture "$python" "$lib/cut.py" "$REUSE" "$1"
	is "status of cut.py $1: $(cat "$tmp/run.err")" "$status" 0
	is "broken lines, $1" "$(_number broken)" "$2"
	is "lines left out, $1" "$(_number left_out)" "${3-}"
}

a_worker_that_has_no_more_to_say_completes_its_cut_line() {
	beyond_posix "way to write to a terminal without waiting"
	_cut worker 0
}
so_does_the_first_process() { _cut first 0; }
a_new_worker_does_not_write_the_first_processs_rest() { _cut forked 0; }
a_newline_ends_the_line_that_a_killed_worker_has_cut() { _cut killed 1 1; }
so_it_does_with_one_that_ended_while_nobody_read() { _cut ended 1 1; }

explain_on_a_full_stderr_costs_no_echo() {
	for descriptor in pipe nonblocking socket; do
		_unread $descriptor stderr --explain -v -q
		_unread $descriptor stderr --explain -v -w 2
	done
}

explain_on_a_terminal_that_nobody_reads_costs_no_echo() { need terminal; _unread terminal both --explain -v; }

a_full_disk_costs_lines_and_no_echo() {
	[ -c /dev/full ] || skip "no /dev/full here"
	for words in "" -v --json "-w 2" --explain; do
		# shellcheck disable=SC2086 # words
		_unread full both $words
		# shellcheck disable=SC2086
		_unread file both $words
	done
}

a_pipe_that_may_not_be_opened_anew_costs_no_echo() {
	[ "$(id -u)" = 0 ] || skip "needs another user"
	need python3
	"$python" -c 'import os, sys; os.setuid(65534); os.access(sys.argv[1], os.X_OK) or sys.exit(1)' "$REUSE" ||
		skip "an ordinary user cannot run $REUSE"
	_unread foreign both -v -D
	_unread foreign both --json --explain -w 2
}

# Neither stream was ever open: that changes nothing.
closed_streams_cost_no_echo() {
	_unread none stdout
	_unread none both -v --explain
	_unread none stdout --json -w 2
}

keep_promises
