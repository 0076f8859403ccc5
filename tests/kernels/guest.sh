#!/bin/busybox sh
# The first and only process of a guest that a kernel is booted in: runs the checks, a line each, and a
# closing line, and powers the machine off. Started by boot.sh, which put everything here.
# shellcheck shell=sh disable=SC2086,SC2317,SC3045 # checks are called by name
if [ $$ -ne 1 ]; then
	echo "guest.sh: runs as process 1 of a guest only: it mounts over /proc, /dev and /tmp" >&2
	exit 2
fi
/bin/busybox --install -s /bin
export PATH=/bin LC_ALL=C HOME=/tmp
mkdir -p /proc /sys /dev /tmp /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo 3 >/proc/sys/kernel/printk # the console is for what follows
ip link set lo up
checks=0 failed=0 skipped=0

release=$(uname -r)

# check NAME FUNCTION ARGUMENT...: a line; the output of what failed above it. 77 is a skip, whose reason is
# the last line of the output.
check() {
	# shellcheck disable=SC2153,SC2254 # a pattern, from the kernel's command line
	case $1 in $CHECKS) ;; *) return ;; esac
	name=$1
	shift
	began=$(cut -d. -f1 /proc/uptime)
	"$@" >/tmp/output 2>&1
	status=$?
	took=$(($(cut -d. -f1 /proc/uptime) - began))
	checks=$((checks + 1))
	case $status in
	0) echo "ok   $name ($took s)" ;;
	77) echo "skip $name: $(tail -n 1 /tmp/output | sed 's/^skip: //')"; skipped=$((skipped + 1)) ;;
	*)
		tail -n 40 /tmp/output | sed 's/^/     /'
		echo "FAIL $name: status $status ($took s)"
		failed=$((failed + 1))
		;;
	esac
}

ulimit -n 20000
user='guest as 1001' # a prefix of commands

# await COMMAND...: until it succeeds, at most 30 s.
await() {
	tries=300
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "never came: $*"; return 1; }
		usleep 100000
	done
}

# --- checks ----------------------------------------------------------------------------

# A cell that is out of time says nothing of the kernel.
rules() {
	for _ in 1 2 3; do
		"$@" /bin/reuse rules >/tmp/rules
		status=$?
		grep -q 'out of time' /tmp/rules || break
	done
	cat /tmp/rules
	[ $status = 1 ] && grep -q 'all as documented' /tmp/rules && grep 'out of time' /tmp/rules && return 77
	return $status
}
fuzz() {
	/bin/reuse help rules | grep -q -e --fuzz || { echo "this program has no rules --fuzz"; return 77; }
	/bin/reuse rules --fuzz "$FUZZ" ${SEED:+--seed "$SEED"}
}
experiments() {
	"$@" /bin/reuse experiment all -q
	status=$?
	[ $status = 0 ] || "$@" /bin/reuse experiment all | grep -A1 -E 'step |differs|^  .* [a-zA-Z0-9]+ +[a-z0-9]+$' | tail -n 30
	return $status
}

# Sockets on port $port, held by "$@" (nothing: root); the steps are those of `reuse try`.
held_by() {
	rm -f /tmp/open /tmp/held
	mkfifo /tmp/open
	"$@" </tmp/open >/tmp/held 2>&1 &
	holder=$!
	exec 9>/tmp/open
	await test -s /tmp/held || return 1
	read -r port results </tmp/held
	case " $results " in
	*" E"* | *:*) echo "the holder: $results"; return 1 ;;
	esac
}
let_go() {
	exec 9>&-
	wait "$holder"
}

# why_agrees ADDRESS ASKER...: what `why` says of each set of options is what a bind comes to; where the address
# is not free it names a socket in the way, or what it could not see.
why_agrees() {
	address=$1
	shift
	"$@" /bin/reuse why --json "$address:$port" >/tmp/why
	"$@" /bin/reuse why "$address:$port" >/tmp/why.text
	echo "holder: $what; asker: ${*:-root}"
	grep -v '"start"' /tmp/why
	cat /tmp/why.text
	sed -n 's/^{"event":"probe".*"local":"\([^"]*\)","options":\[\([^]]*\)\],"result":"\([^"]*\)".*/\1 \3 \2/p' /tmp/why >/tmp/probes
	[ -s /tmp/probes ] || { echo "no probe"; return 1; }
	while read -r local result options; do
		words=$(echo "$options" | sed 's/SO_REUSEADDR/reuseaddr/; s/SO_REUSEPORT/reuseport/; s/IPV6_V6ONLY/v6only/; s/[",]/ /g')
		said=$("$@" /bin/reuse try "a bind $local $words" | sed 's/.* //')
		[ "$said" = "$result" ] || { echo "bind $local $words: $said, why says $result"; return 1; }
	done </tmp/probes
	if grep -q '"event":"probe".*"options":\[\],"result":"E' /tmp/why && ! grep -q '"event":"unseen"' /tmp/why; then
		grep -q '"event":"holder".*:'"$port"'"' /tmp/why || { echo "nobody in the way, and nothing unseen"; return 1; }
	fi
}

# why_of WHAT ADDRESS STEP...: held by root and by the user, asked by root and by the user.
why_of() {
	what=$1 address=$2
	shift 2
	held_by guest hold "$@" || return 1
	why_agrees "$address" && why_agrees "$address" $user
	status=$?
	let_go
	[ $status = 0 ] || return 1
	held_by $user /bin/guest hold "$@" || return 1
	what="$what of the user"
	why_agrees "$address" && why_agrees "$address" $user
	status=$?
	let_go
	return $status
}

why() {
	why_of "bound" 127.0.0.1 'a bind 127.0.0.1:P' &&
		why_of "bound reuseaddr" 127.0.0.1 'a bind 127.0.0.1:P reuseaddr' &&
		why_of "bound reuseport" 127.0.0.1 'a bind 0.0.0.0:P reuseport' &&
		why_of "two" 127.0.0.1 'a bind 127.0.0.1:P reuseaddr reuseport' 'b bind 127.0.0.1:P reuseaddr reuseport' &&
		why_of "listener" 127.0.0.1 'a bind 127.0.0.1:P reuseaddr' 'a listen' &&
		why_of "listener on ::" 0.0.0.0 'a bind [::]:P reuseport' 'a listen' &&
		why_of "mapped" 127.0.0.1 'a bind [::ffff:127.0.0.1]:P' 'a listen' &&
		why_of "connection" 127.0.0.1 'd bind 127.0.0.1:Q' 'd listen' 'a bind 127.0.0.1:P reuseaddr' 'a connect 127.0.0.1:Q' &&
		why_of "TIME_WAIT" 127.0.0.1 'd bind 127.0.0.1:Q' 'd listen' 'a bind 127.0.0.1:P' 'a connect 127.0.0.1:Q' 's accept d' 'a close' 's close'
}

# listen OPTION...: heartbeats from one port and from any, a summary, status 0.
listen() {
	: >/tmp/listen
	"$@" >/tmp/listen 2>&1 &
	server=$!
	await grep -q '^listening on ' /tmp/listen || { cat /tmp/listen; return 1; }
	port=$(sed -n 's/^listening on .*:\([0-9]*\) .*/\1/p' /tmp/listen)
	reuse connect 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0 && reuse connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 -s 1M
	status=$?
	kill "$server"
	wait "$server" || { echo "listen: status $?"; status=1; }
	cat /tmp/listen
	grep -q '^2 connections, ' /tmp/listen || return 1
	return $status
}

# --- what is run -----------------------------------------------------------------------

echo "guest $(uname -s) $release $(uname -m)"
check "why, no module tcp_diag" why
for module in /modules/*.ko; do
	insmod "$module" || echo "     $module: not loaded"
done
# A second address; the emulated machine has no network.
ip link add lan type dummy && ip addr add 192.168.77.1/24 dev lan && ip link set lan up
check "why" why
check "rules, root" rules
check "rules, user" rules $user
check "rules --fuzz $FUZZ" fuzz
check "experiment all, root" experiments
check "experiment all, user" experiments $user
check "listen, sandbox" listen /bin/reuse listen 0 127.0.0.1
check "listen, no sandbox" listen /bin/reuse listen 0 127.0.0.1 --no-sandbox
check "listen, workers" listen /bin/reuse listen 0 127.0.0.1 -w 2 --spread random
check "listen, user" listen $user /bin/reuse listen 0 127.0.0.1
check "listen -u" listen /bin/reuse listen 0 127.0.0.1 -u nobody
check "limits" /bin/reuse limits
check "limits, user" $user /bin/reuse limits
check "limits --prove 1000" /bin/reuse limits --prove 1000
for unit in /units/test_*; do
	check "${unit##*test_}, root" "$unit"
	check "${unit##*test_}, user" $user "$unit"
done
echo "--- $checks checks, $failed failed, $skipped skipped ---"
sync
poweroff -f
