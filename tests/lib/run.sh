# What the tests of `reuse run` have in common; sourced after lib.sh.
# shellcheck shell=sh disable=SC2154,SC2034 # port is for the test files

# What ctest leaves open would move the numbers of the first descriptors.
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-

# Who looks for leaks traces the process, which run's tracer does already.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0; export ASAN_OPTIONS

# traced: skips where nothing can be traced here.
traced() {
	[ "${REUSE_OS:-Linux}" = Linux ] || skip "reuse run takes Linux"
	since 5.6
	capture "$REUSE" run true
	! grep -q 'nothing is watched' "$tmp/run.err" || skip "$(sed 's/^reuse run: //' "$tmp/run.err")"
}

# own_pids [FLAG...]: $own_pids runs a command in a PID namespace of its own, with further flags of unshare; skips where
# none can be made.
own_pids() {
	need unshare
	own_pids="unshare -pf $*"
	$own_pids true 2>/dev/null || own_pids="unshare -rpf $*"
	$own_pids true 2>/dev/null || skip "may not make a PID namespace"
}

# hold NAME: an own listener without options on 127.0.0.1: $port.
hold() {
	need python3
	spawn "$1" "$python" -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(9)
print(s.getsockname()[1], flush=True)
time.sleep(60)'
	await 10 test -s "$tmp/$1.out" || fail "$1 does not listen"
	port=$(cat "$tmp/$1.out")
}

# py TEXT ARGUMENT...: python under `reuse run`.
py() {
	need python3
	capture "$REUSE" run "$python" -c "$@"
}
