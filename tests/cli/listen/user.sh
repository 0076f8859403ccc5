#!/bin/sh
# `reuse listen --user`: root gives root up, after bind.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

root_becomes_that_user_after_bind() {
	[ "$(id -u)" = 0 ] || skip "only root can become someone else"
	[ -r /proc/self/status ] || skip "no /proc here"
	uid=$(id -u nobody 2>/dev/null) || skip "no user nobody here"
	serve server 0 127.0.0.1 -u nobody
	like uids "$(grep '^Uid:' "/proc/$(pid_of server)/status" | tr '\t' ' ')" "^Uid: $uid $uid $uid $uid$"
	like gids "$(grep '^Gid:' "/proc/$(pid_of server)/status" | tr '\t' ' ')" "^Gid: $(id -g nobody) "
	groups=$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$(pid_of server)/status" | tr -s ' ' '\n' | grep -v '^$' | sort)
	is "groups beside its own" "$(printf '%s\n' "$groups" | grep -vx "$(id -g nobody)" | tr '\n' ' ' | tr -d ' ')" ""
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
}

# The files of users and groups are laid over with others, in a mount namespace.
all_groups_are_those_of_the_user() {
	[ "$(id -u)" = 0 ] || skip "only root can become someone else"
	[ -r /proc/self/status ] || skip "no /proc here"
	need unshare
	echo 'reuse-test:x:54321:54322::/:/bin/false' | cat /etc/passwd - >"$tmp/passwd"
	printf '%s\n' reuse-test:x:54322: one:x:54323:reuse-test two:x:54324:root,reuse-test |
		cat /etc/group - >"$tmp/group"
	unshare -m mount --bind "$tmp/passwd" /etc/passwd 2>/dev/null || skip "no files can be laid over others here"
	# shellcheck disable=SC2016 # for the other shell
	spawn server unshare -m sh -c 'mount --bind "$1/passwd" /etc/passwd &&
		mount --bind "$1/group" /etc/group && exec "$0" listen 0 127.0.0.1 --user reuse-test' "$REUSE" "$tmp"
	await_listening server
	for row in 'Uid:54321 54321 54321 54321' 'Gid:54322 54322 54322 54322' 'Groups:54322 54323 54324'; do
		is "${row%%:*}" "$(sed -n "s/^${row%%:*}:[[:space:]]*//p" "/proc/$(pid_of server)/status" |
			tr '\t' ' ' | sed 's/ *$//')" "${row#*:}"
	done
}

only_root_can() {
	if [ "$(id -u)" = 0 ]; then
		need setpriv
		setpriv --reuid 65534 --regid 65534 --clear-groups "$REUSE" --version >/dev/null 2>&1 ||
			skip "an ordinary user cannot run $REUSE"
		capture setpriv --reuid 65534 --regid 65534 --clear-groups "$REUSE" listen 0 127.0.0.1 --user root
	else
		run listen 0 127.0.0.1 --user root
	fi
	is status "$status" 1
	silent run.out
	has run.err '^reuse listen: .*\(EPERM\)$'
}

an_unknown_user_is_named() {
	run listen 0 127.0.0.1 --user nosuchuser
	[ "$status" = 1 ] || [ "$status" = 2 ] || fail "status is $status"
	silent run.out
	has run.err "^reuse listen: .*nosuchuser"
}

keep_promises
