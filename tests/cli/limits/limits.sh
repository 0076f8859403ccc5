#!/bin/sh
# ctest: timeout=300 serial
# `reuse limits`: every bound, as the kernel's own files have it, and which binds first.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_need_linux() {
	[ "$(uname)" = Linux ] || skip "its bounds are read from /proc"
	need proc
}

# _bound NAME MEMBER: of the bound whose line in $tmp/run.out has that name.
_bound() {
	timeout 20 "$python" -c '
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "bound" and event["name"] == sys.argv[2]:
        print(json.dumps(event[sys.argv[3]]))' "$tmp/run.out" "$1" "$2"
}

# _audit: `reuse limits --json`, checked to be JSON as promised.
_audit() {
	need python3
	run limits --json
	is status "$status" 0
	silent run.err
	events run.out
}

_same_as_file() {
	[ -r "$2" ] || return 0
	wanted=$(awk '{ print $1 }' "$2")
	[ "$wanted" != 9223372036854775807 ] || wanted=null # no bound at all: systemd sets fs.file-max so
	is "$1" "$(_bound "$1" value)" "$wanted"
	is "where $1 is set" "$(_bound "$1" where)" "\"$2\""
}

bounds_are_those_of_the_kernels_files() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	_audit
	_same_as_file fs.nr_open /proc/sys/fs/nr_open
	_same_as_file fs.file-max /proc/sys/fs/file-max
	_same_as_file net.core.somaxconn /proc/sys/net/core/somaxconn
	_same_as_file kernel.pid_max /proc/sys/kernel/pid_max
	_same_as_file kernel.threads-max /proc/sys/kernel/threads-max
	_same_as_file net.ipv4.tcp_max_tw_buckets /proc/sys/net/ipv4/tcp_max_tw_buckets
	_same_as_file net.ipv4.tcp_max_orphans /proc/sys/net/ipv4/tcp_max_orphans
	_same_as_file nf_conntrack_max /proc/sys/net/netfilter/nf_conntrack_max
	[ ! -r /proc/sys/net/ipv4/tcp_mem ] || is "bytes of tcp_mem" "$(_bound net.ipv4.tcp_mem value)" \
		"$(awk -v page="$(getconf PAGESIZE)" '{ printf "%.0f", $3 * page }' /proc/sys/net/ipv4/tcp_mem)"
}

descriptors_are_those_of_this_process() {
	# shellcheck disable=SC3045 # dash and busybox have it
	ulimit -Sn 777
	_audit
	is "the soft limit" "$(_bound 'descriptors of a process, soft' value)" 777
	# shellcheck disable=SC3045
	is "the hard limit" "$(_bound 'descriptors of a process, hard' value)" "$(ulimit -Hn)"
	is "what a client can have" "$(_bound 'descriptors of a process, soft' client_many)" 774
	is "what a server can have" "$(_bound 'descriptors of a process, soft' server)" 773
}

ports_bind_only_a_client_of_one_destination() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	_audit
	[ -z "$(cat /proc/sys/net/ipv4/ip_local_reserved_ports)" ] || skip "ports are reserved here"
	is ports "$(_bound net.ipv4.ip_local_port_range client_one)" \
		"$(awk '{ print $2 - $1 + 1 }' /proc/sys/net/ipv4/ip_local_port_range)"
	is "as a client to many" "$(_bound net.ipv4.ip_local_port_range client_many)" null
	is "as a server" "$(_bound net.ipv4.ip_local_port_range server)" null
}

reserved_ports_are_taken_off() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	need unshare python3
	unshare -rn true 2>/dev/null || skip "no network namespace to be had"
	capture unshare -rn sh -c 'ip link set lo up &&
		echo "40000 40099" >/proc/sys/net/ipv4/ip_local_port_range &&
		echo 40010-40019,50000 >/proc/sys/net/ipv4/ip_local_reserved_ports &&
		exec "$0" limits --json' "$REUSE"
	is status "$status" 0
	is ports "$(_bound net.ipv4.ip_local_port_range value)" 90
}

a_verdict_names_the_least_for_each_use() {
	_audit
	cp "$tmp/run.out" "$tmp/audit.out"
	capture "$python" -c '
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
bounds = [e for e in events if e["event"] == "bound"]
verdicts = {e["use"]: e for e in events if e["event"] == "verdict"}
assert list(verdicts) == ["client_one", "client_many", "server"], list(verdicts)
for use, verdict in verdicts.items():
    least = min(b[use] for b in bounds if b[use] is not None)
    assert verdict["connections"] == least, (use, verdict, least)
    assert least in [b[use] for b in bounds if b["name"] == verdict["bound"]], (use, verdict)
    assert set(verdict) == {"event", "ts", "use", "connections", "bound"}, verdict
for b in bounds:
    assert list(b) == ["event", "ts", "name", "value", "where", "client_one", "client_many",
                       "server", "raise"], list(b)' "$tmp/audit.out"
	is "the check ($(tail -n 1 "$tmp/run.err"))" "$status" 0
}

the_cost_of_a_connection_is_measured() {
	beyond_posix "figure of the kernel's memory"
	_need_linux
	run limits
	is status "$status" 0
	has run.out '^A connection costs [0-9.]+ kB of kernel memory at each end \(1000 measured\)\.$'
	is "the first line" "$(head -n 1 "$tmp/run.out")" "how many connections, and the limit that is hit first"
	has run.out '^  client to one  +[0-9,]+ [a-z].* [0-9,]+ [a-z]+'
	! grep -Eqi '\<bounds?\>' "$tmp/run.out" || fail "bind is a call here"
	# In a pipe the command that raises a limit stays on its line.
	[ "$(awk 'length > 80 && !/ sysctl -w /' "$tmp/run.out" | wc -l)" -eq 0 ] || fail "a line of more than 80 columns"
}

a_small_memory_group_is_what_is_reported() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	need python3
	group=/sys/fs/cgroup/memory/reuse-test-$$ limit=memory.limit_in_bytes
	if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
		group=/sys/fs/cgroup/reuse-test-$$ limit=memory.max
	fi
	mkdir "$group" 2>/dev/null || skip "no control group can be made here"
	if ! [ -f "$group/$limit" ] || ! echo 104857600 >"$group/$limit" 2>/dev/null; then
		rmdir "$group"
		skip "no memory limit can be set here"
	fi
	capture sh -c 'echo $$ >"$1/cgroup.procs" && exec "$0" limits --json' "$REUSE" "$group"
	cp "$tmp/run.out" "$tmp/audit.out"
	audit_status=$status
	capture sh -c 'echo $$ >"$1/cgroup.procs" && exec "$0" limits --prove 50000' "$REUSE" "$group"
	await 5 rmdir "$group" 2>/dev/null
	is "status of the refusal" "$status" 1
	silent run.out
	has run.err '50000 connections need .* [MG]B of memory, .* there is room for [0-9.]* MB'
	cp "$tmp/audit.out" "$tmp/run.out"
	is "status of the audit" "$audit_status" 0
	is "the limit" "$(_bound 'cgroup memory.max' value)" 104857600
	is "where it is set" "$(_bound 'cgroup memory.max' where)" "\"$group/$limit\""
}

# _grouped GROUP ARGUMENT...: `reuse limits ARGUMENT...` in that control group.
_grouped() {
	group=$1; shift
	# shellcheck disable=SC2016 # for the other shell
	capture sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$0" limits "$@"' "$REUSE" "$group" "$@"
}

_group_of_processes() {
	group=/sys/fs/cgroup/pids/reuse-test-$$
	[ ! -f /sys/fs/cgroup/cgroup.controllers ] || group=/sys/fs/cgroup/reuse-test-$$
	mkdir "$group" 2>/dev/null || skip "no control group can be made here"
	[ -f "$group/pids.max" ] && echo "$1" 2>/dev/null >"$group/pids.max" && return
	rmdir "$group"
	skip "no limit of processes can be set here"
}

a_small_group_of_processes_is_what_is_reported() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	need python3
	# shellcheck disable=SC3045 # dash and busybox have it
	ulimit -n 1024
	_group_of_processes 20
	_grouped "$group" --json
	cp "$tmp/run.out" "$tmp/audit.out"
	audit_status=$status
	raise=$(_bound 'cgroup pids.max' raise)
	sh -c "$(echo "$raise" | tr -d '"')" || raise="$raise, which failed"
	raised=$(cat "$group/pids.max")
	echo 20 >"$group/pids.max"
	_grouped "$group" --prove 20000
	await 5 rmdir "$group" 2>/dev/null
	is "status of the refusal" "$status" 1
	silent run.out
	has run.err '^reuse limits: that needs 42 processes: cgroup pids\.max is 20, and 1 are in use$'
	cp "$tmp/audit.out" "$tmp/run.out"
	is "status of the audit" "$audit_status" 0
	is "the limit" "$(_bound 'cgroup pids.max' value)" 20
	is "where it is set" "$(_bound 'cgroup pids.max' where)" "\"$group/pids.max\""
	is "what a client can have" "$(_bound 'cgroup pids.max' client_many)" $((20 * 1021))
	is "the limit after $raise" "$raised" 40
}

# Where version 1 has the controllers, files that stand in for those of version 2 are laid over a group.
bounds_of_cgroup_version_2_are_read() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	need python3 unshare
	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$point" ] || skip "no cgroup of version 2 here"
	group=$point/reuse-test-$$
	mkdir "$group" 2>/dev/null || skip "no control group can be made here"
	mkdir "$tmp/files"
	echo 50000000 >"$tmp/files/memory.max"
	echo 20000000 >"$tmp/files/memory.current"
	printf 'anon 1\ninactive_file 5000000\n' >"$tmp/files/memory.stat"
	echo 40 >"$tmp/files/pids.max"
	echo 10 >"$tmp/files/pids.current"
	# shellcheck disable=SC2016 # for the other shell
	capture unshare -m sh -c 'echo $$ >"$2/cgroup.procs" && mount --bind "$1" "$2" || exit 77
		"$0" limits --json && "$0" limits --prove 10000' "$REUSE" "$tmp/files" "$group"
	await 5 rmdir "$group" 2>/dev/null
	[ "$status" -ne 77 ] || skip "no files can be laid over a group here"
	is "status of the refusal" "$status" 1
	is memory "$(_bound 'cgroup memory.max' value)" 50000000
	is "where it is set" "$(_bound 'cgroup memory.max' where)" "\"$group/memory.max\""
	is "the command" "$(_bound 'cgroup memory.max' raise)" "\"echo 100000000 > $group/memory.max\""
	is processes "$(_bound 'cgroup pids.max' value)" 40
	has run.err ' there is room for 30\.0 MB: 35\.0 MB available, of which 5\.0 MB are kept free$'
}

a_user_s_processes_are_counted() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	[ "$(id -u)" -eq 0 ] || skip "root tries it as somebody else"
	need setpriv prlimit
	cp "$REUSE" "$tmp/reuse"
	chmod 755 "$tmp" "$tmp/reuse"
	capture setpriv --reuid 54331 --regid 54331 --clear-groups \
		prlimit --nproc=20:20 --nofile=1024:1024 "$tmp/reuse" limits --prove 20000
	is status "$status" 1
	silent run.out
	has run.err '^reuse limits: that needs 42 processes: processes of a user is 20, and 1 are in use$'
	has run.err "^reuse limits: to raise it: ulimit -u 43$"
}

a_limit_that_is_advised_suffices() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	[ "$(id -u)" -eq 0 ] || skip "root tries it as somebody else"
	need setpriv prlimit
	cp "$REUSE" "$tmp/reuse"
	chmod 755 "$tmp" "$tmp/reuse"
	set -- setpriv --reuid 54331 --regid 54331 --clear-groups prlimit --nofile=64:64
	capture "$@" --nproc=10:10 "$tmp/reuse" limits --prove 300
	is status "$status" 1
	most=$(sed -n 's/^reuse limits: to raise it: ulimit -u //p' "$tmp/run.err")
	capture "$@" --nproc="$most:$most" "$tmp/reuse" limits --prove 300
	is "status with $most ($(cat "$tmp/run.err"))" "$status" 0
	has run.out '^300 asked, 300 opened, 300 echoed, '
}

# Those that change the whole machine are not run.
commands_that_raise_a_bound_do() {
	beyond_posix "figures of the kernel's bounds"
	_need_linux
	need network python3 sysctl
	# shellcheck disable=SC3045
	ulimit -Sn 500
	# shellcheck disable=SC2086 # several words
	capture $apart "$python" -c '
import json, subprocess, sys
def audit(before=""):
    said = subprocess.run(["sh", "-c", before + " exec \"$0\" limits --json", sys.argv[1]],
                          stdout=subprocess.PIPE, check=True).stdout
    return {e["name"]: e for e in map(json.loads, said.splitlines()) if e["event"] == "bound"}
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
before = audit()
for row in before.values():
    if row["raise"]:
        subprocess.run(["sh", "-n", "-c", row["raise"]], check=True)
soft = "descriptors of a process, soft"
hard = "descriptors of a process, hard"
assert audit(before[soft]["raise"] + ";")[soft]["value"] == before[hard]["value"], before[soft]
wanted = {"net.ipv4.ip_local_port_range": 64512}
for name in ("net.core.somaxconn", "net.ipv4.tcp_max_tw_buckets"):
    wanted[name] = 2 * before[name]["value"]
for name in wanted:
    subprocess.run(["sh", "-c", before[name]["raise"]], check=True, stdout=subprocess.DEVNULL)
after = audit()
for name, value in wanted.items():
    assert after[name]["value"] == value, (before[name], after[name])
assert after["net.ipv4.ip_local_port_range"]["raise"] is None, after["net.ipv4.ip_local_port_range"]
' "$REUSE"
	[ "$(id -u)" -eq 0 ] || ! grep -q 'Permission denied' "$tmp/run.err" || skip "may not set them"
	is "the check ($(tail -n 1 "$tmp/run.err"))" "$status" 0
}

# The arrays of text are not on the stack.
a_small_stack_suffices() {
	beyond_posix "figures of the kernel's bounds"
	for words in "" "--prove 100" "--to 127.0.0.1:9"; do
		# shellcheck disable=SC2086,SC3045 # several words; dash and busybox have it
		capture sh -c 'ulimit -s 64 && exec "$0" limits $1' "$REUSE" "$words"
		is "status of '$words'" "$status" 0
	done
}

a_loopback_that_is_down_is_told() {
	_need_linux
	need unshare
	unshare -rn true 2>/dev/null || skip "no network namespace to be had"
	for words in "" "--prove 100" "--prove 100 -6"; do
		# shellcheck disable=SC2086 # several words
		capture unshare -rn "$REUSE" limits $words
		is "status of '$words'" "$status" 1
		has run.err '^reuse limits: lo is down here'
		has run.err "^reuse limits: try 'ip link set lo up'"
	done
}

words_that_make_no_sense_are_refused() {
	for words in "--prove 0" "--prove x" "--prove -1" "--force" "--source 127.0.0.1:1" \
		"--prove 1 --source 127.0.0.1" "--prove 1 --source 127.1:5" \
		"--prove 1 --source 0.0.0.0:5" "--prove 1 --source :70000" "surplus"; do
		# shellcheck disable=SC2086 # several words
		run limits $words
		is "status of '$words'" "$status" 2
		silent run.out
		[ -s "$tmp/run.err" ] || fail "nothing said of '$words'"
	done
}

keep_promises
