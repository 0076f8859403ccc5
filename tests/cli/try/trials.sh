#!/bin/sh
# shellcheck disable=SC2034,SC2154 # lib.sh sets cli; a count of tries is not used
# Facts about sharing ports from the kernel's own tests and from the manual pages, asked of this kernel by
# `reuse try`. trials/*.trials hold them as try prints them, with letters for ports; E is an ephemeral
# port. Where a line differs, this kernel does: that is news.
. "$(dirname "$0")/../../lib/lib.sh"

# _header FILE WORD: the rest of the line "# WORD ..." of FILE.
_header() { sed -n "s/^# $2 //p" "$1" | head -n 1; }

# The letters and the ports that stand for them, both as #.
_portless() { sed -E 's/:([PQRE]|[0-9]{4,5})( |$)/:#\2/g'; }

# _alone COMMAND...: in a network of its own, where there are no strangers to take a port between two looks,
# or to share one.
_alone() {
	need network
	# shellcheck disable=SC2016 # the inner shell expands it
	$apart sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# _facts NAME [COMMAND...]: the trials of NAME, run by COMMAND... `reuse try -`.
_facts() {
	facts=$here/trials/$1.trials; shift
	[ "$(uname)" = Linux ] || skip "these are facts about Linux"
	! grep -Eq 'device=|port-range=|no-port' "$facts" || beyond_posix "option for an interface or for a range of ports"
	kernel=$(_header "$facts" kernel)
	[ -z "$kernel" ] || since "$kernel"
	if grep -q '::' "$facts"; then
		"$REUSE" try 'a bind [::1]:P' >/dev/null || skip "no IPv6 here"
	fi
	set -- timeout 60 "$@"
	attempts='1 2 3'
	ephemeral=
	if (need network) >/dev/null; then
		set -- _alone "$@"
		attempts=1
		ephemeral=40000 # any of those that the kernel gives out: man 7 ip, ip_local_port_range
	fi
	for attempt in $attempts; do
		[ "$attempts" = 1 ] ||
			ephemeral=$("$REUSE" try 'a bind 127.0.0.1:0' 'a name' | sed -n 's/.*ok .*://p')
		fill="s/([:=-])E([^A-Z]|\$)/\1$ephemeral\2/g"
		sed -E -e "$fill" -e "$fill" "$facts" >"$tmp/facts"
		sed 's/  .*//' "$tmp/facts" >"$tmp/steps"
		status=0
		"$@" "$REUSE" try - <"$tmp/steps" >"$tmp/raw" 2>"$tmp/try.err" || status=$?
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
tcp_port_share_ipv6_selftest() {
	need network
	# shellcheck disable=SC2016 # the inner shell expands it
	_facts tcp_port_share_v6 sh -c \
		'for n in 1 2 3; do ip addr add "2001:db8::$n/32" dev lo nodad || exit; done; exec "$@"' sh
}
manual_pages() { _facts manuals; }

other_users() {
	"$REUSE" try 'a bind 127.0.0.1:P uid=65533' >/dev/null || skip "may not change its effective user ID"
	_facts others
}

ports_exhausted_with_autobind_reuse_selftest() {
	"$REUSE" try 'a bind 127.0.0.1:P uid=65533' >/dev/null || skip "may not change its effective user ID"
	need network proc
	# shellcheck disable=SC2016 # the inner shell expands it
	_facts autobind_reuse sh -c 'echo 1 >/proc/sys/net/ipv4/ip_autobind_reuse && exec "$@"' sh
}

at_least_a_hundred_trials_are_asked() {
	trials=$(cat "$here"/trials/*.trials | grep -v '^#' | cat -s | grep -c '^$')
	[ "$trials" -ge 100 ] || fail "$trials trials"
}

keep_promises
