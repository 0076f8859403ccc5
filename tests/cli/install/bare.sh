#!/bin/sh
# ctest: timeout=600 once
# The packages in a Debian without compilers: REUSE_BARE_TREE is the top of a tree such as
# debootstrap makes. It is left as it was: what is written goes to a layer in memory that is
# dropped.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/pack.sh
. "$lib/pack.sh"

tree=${REUSE_BARE_TREE:-}

a_bare_debian_runs_both() {
	[ "$tree" ] || skip "REUSE_BARE_TREE names no tree to install in"
	[ "$(id -u)" = 0 ] || skip "only root can mount and chroot"
	need unshare chroot dpkg-deb
	_pack
	cat >"$tmp/inside" <<-'END'
		set -e
		dpkg -i /tmp/reuse-tcp_*.deb
		tar -xzf /tmp/reuse-*.tar.gz -C /usr/local --strip-components=1
		if command -v cc; then exit 3; fi
		for reuse in /usr/bin/reuse /usr/local/bin/reuse; do
			said=$(mktemp)
			$reuse --version
			$reuse help >/dev/null
			timeout 20 ${reuse%reuse}listener 3000 127.0.0.1 >"$said" &
			i=0
			until grep -q '^listening' "$said" || [ $i = 400 ]; do i=$((i + 1)); sleep 0.025; done
			$reuse connect 127.0.0.1 3001 127.0.0.1 3000 --count 2 --interval 0
			kill %1 && wait %1
			grep '^1 connections\|^1 connection' "$said"
		done
		dpkg -L reuse-tcp | grep -qx /usr/share/man/man1/reuse-listen.1.gz
		dpkg -r reuse-tcp
		test ! -e /usr/bin/reuse
	END
	mkdir "$tmp/layer"
	status=0
	# shellcheck disable=SC2016 # the inner shell expands it
	timeout 110 unshare -mn sh -ec '
		mount -t tmpfs none "$2/layer"
		mkdir "$2/layer/up" "$2/layer/work" "$2/layer/top"
		mount -t overlay none -o "lowerdir=$1,upperdir=$2/layer/up,workdir=$2/layer/work" "$2/layer/top"
		cp "$2"/package/reuse-tcp_*.deb "$2"/package/reuse-*.tar.gz "$2/layer/top/tmp"
		cp "$2/inside" "$2/layer/top/tmp"
		ip link set lo up
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$2/layer/top" sh /tmp/inside
	' sh "$tree" "$tmp" >"$tmp/bare.out" 2>"$tmp/bare.err" || status=$?
	is "status in the bare tree" "$status" 0
	is "versions told" "$(count bare.out '^reuse [0-9.]+$')" 2
	is "echoes" "$(count bare.out '^2 sent, 2 echoed, 0% lost')" 2
}

keep_promises
