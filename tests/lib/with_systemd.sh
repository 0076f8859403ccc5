#!/bin/sh
# with_systemd.sh UNITS COMMAND [ARG...]: starts a systemd of its own in namespaces, with the unit files of the folder
# UNITS (test.target is what it starts), runs COMMAND in them once that is active, and ends it. Its status is COMMAND's; 77
# where no systemd can be started here. It sees all files; what it writes is gone afterwards. Needs root.
# shellcheck disable=SC2016,SC2317 # end is called by a trap
set -eu

# beneath PID: a child of it, "" where it has none.
beneath() { cut -d " " -f 1 "/proc/$1/task/$1/children" 2>/dev/null; }

case ${1:-} in
--group) # in a mount namespace: a control group for all of it
	here=$2 units=$3
	mount --make-rprivate /
	mkdir "$here/cgroup" "$here/files"
	mount -t cgroup2 cgroup2 "$here/cgroup"
	group=$here/cgroup/${here##*/}
	mkdir "$group"
	echo $$ >"$group/cgroup.procs"
	exec unshare -C -p -u -i -n --fork --kill-child sh "$0" --first "$here" "$units"
	;;
--first) # process 1: files of its own over those that are there
	here=$2 units=$3
	mount -t tmpfs tmpfs "$here/files"
	mkdir "$here/files/upper" "$here/files/work" "$here/files/root"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$here/files/upper,workdir=$here/files/work" "$here/files/root"
	cd "$here/files/root"
	mount -t proc proc proc
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t tmpfs tmpfs sys/fs/cgroup
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs tmpfs run
	mount -t tmpfs -o mode=755 tmpfs dev
	for device in null zero full random urandom tty; do
		touch "dev/$device"
		mount --bind "/dev/$device" "dev/$device"
	done
	mkdir dev/pts
	mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	mkdir -p etc/systemd/system
	cp "$units"/* etc/systemd/system
	for unit in tmp.mount systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service systemd-sysctl.service \
		systemd-modules-load.service systemd-udevd.service systemd-journald.service systemd-journald.socket \
		systemd-journald-dev-log.socket systemd-journal-flush.service; do
		ln -sf /dev/null "etc/systemd/system/$unit" # no business of a test
	done
	ip link set lo up
	pivot_root . mnt
	cd /
	umount -l /mnt
	exec env -i container=lxc PATH="$PATH" /lib/systemd/systemd --unit=test.target --log-target=console --show-status=no
	;;
esac

units=$1; shift
[ -x /lib/systemd/systemd ] && [ "$(id -u)" = 0 ] || exit 77
here=$(mktemp -d "${TMPDIR:-/tmp}/with_systemd.XXXXXX")
unshare -m --fork --kill-child sh "$0" --group "$here" "$units" >"$here/log" 2>&1 &
outer=$!

end() {
	kill -KILL "$outer" 2>/dev/null || :
	wait "$outer" 2>/dev/null || :
	# The groups are empty once the last process is gone.
	unshare -m sh -c 'mkdir -p "$1/end" && mount -t cgroup2 cgroup2 "$1/end" && i=0
		while [ -d "$1/end/$2" ] && [ $i -lt 40 ]; do
			find "$1/end/$2" -depth -type d -exec rmdir {} + 2>/dev/null
			i=$((i + 1)); sleep 0.05
		done' - "$here" "${here##*/}"
	rm -rf "$here"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Up to 20 s: process 1 in there is the youngest in the line of children that is called systemd.
i=0 one=
while [ $i -lt 200 ] && kill -0 "$outer" 2>/dev/null; do
	one=$outer
	while next=$(beneath "$one") && [ -n "$next" ]; do
		one=$next
		[ "$(cat "/proc/$one/comm" 2>/dev/null)" != systemd ] || break
	done
	[ "$(cat "/proc/$one/comm" 2>/dev/null)" = systemd ] &&
		nsenter -t "$one" -a systemctl is-active -q test.target 2>/dev/null && break
	one=
	i=$((i + 1))
	sleep 0.1
done
[ -n "$one" ] || { cat "$here/log" >&2; exit 77; }
status=0
nsenter -t "$one" -a "$@" || status=$?
exit $status
