#!/bin/sh
# shellcheck disable=SC2034,SC2154 # lib.sh sets cli; a count of tries is not used
# Facts about sharing ports from the kernel's own tests and from the manual pages, asked of this kernel by
# `reuse try`. trials/*.trials hold them as try prints them, with letters for ports; E is an ephemeral
# port. Where a line differs, this kernel does: that is news.
. "$(dirname "$0")/lib.sh"

# _header FILE WORD: the rest of the line "# WORD ..." of FILE.
_header() { sed -n "s/^# $2 //p" "$1" | head -n 1; }

# The letters and the ports that stand for them, both as #.
_portless() { sed -E 's/:([PQRE]|[0-9]{4,5})( |$)/:#\2/g'; }

# _facts NAME [COMMAND...]: the trials of NAME, run by COMMAND... `reuse try -`.
_facts() {
	facts=$cli/trials/$1.trials; shift
	[ "$(uname)" = Linux ] || skip "these are facts about Linux"
	since=$(_header "$facts" kernel)
	if [ -n "$since" ]; then
		oldest=$(printf '%s\n%s\n' "$since" "$(uname -r | sed 's/[^0-9.].*//')" | sort -V | head -n 1)
		[ "$oldest" = "$since" ] || skip "needs Linux $since"
	fi
	if grep -q '::' "$facts"; then
		"$REUSE" try 'a bind [::1]:P' >/dev/null || skip "no IPv6 here"
	fi
	# A stranger may take the ephemeral port between two looks.
	for attempt in 1 2 3; do
		ephemeral=$("$REUSE" try 'a bind 127.0.0.1:0' 'a name' | sed -n 's/.*ok .*://p')
		fill="s/([:=-])E([^A-Z]|\$)/\1$ephemeral\2/g"
		sed -E -e "$fill" -e "$fill" "$facts" >"$tmp/facts"
		sed 's/  .*//' "$tmp/facts" >"$tmp/steps"
		status=0
		timeout 60 "$@" "$REUSE" try - <"$tmp/steps" >"$tmp/raw" 2>"$tmp/try.err" || status=$?
		silent try.err
		grep -v '^#' "$tmp/facts" | cat -s | sed 1d | _portless >"$tmp/wanted"
		_portless <"$tmp/raw" >"$tmp/seen"
		if diff "$tmp/wanted" "$tmp/seen" >"$tmp/diff.out"; then return; fi
	done
	fail "the kernel differs (wanted <, seen >)"
}

bind_wildcard_selftest() { _facts bind_wildcard; }
bind_timewait_selftest() { _facts bind_timewait; }
reuseaddr_conflict_selftest() { _facts reuseaddr_conflict; }
reuseaddr_ports_exhausted_selftest() { _facts reuseaddr_ports_exhausted; }
reuseport_addr_any_selftest() { _facts reuseport_addr_any; }
tcp_port_share_selftest() { _facts tcp_port_share; }
manual_pages() { _facts manuals; }

other_users() {
	"$REUSE" try 'a bind 127.0.0.1:P uid=65533' >/dev/null || skip "may not change its effective user ID"
	_facts others
}

ports_exhausted_with_autobind_reuse_selftest() {
	"$REUSE" try 'a bind 127.0.0.1:P uid=65533' >/dev/null || skip "may not change its effective user ID"
	need unshare ip
	unshare -n true 2>/dev/null || skip "may not make a network namespace"
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up && echo 1 >/proc/sys/net/ipv4/ip_autobind_reuse && exec "$@"
	END
	_facts autobind_reuse unshare -n sh "$tmp/inside.sh"
}

at_least_a_hundred_trials_are_asked() {
	trials=$(cat "$cli"/trials/*.trials | grep -v '^#' | cat -s | grep -c '^$')
	[ "$trials" -ge 100 ] || fail "$trials trials"
}

keep_promises
