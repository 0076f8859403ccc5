#!/bin/sh
# with_podman.sh COMMAND [ARG...]: runs COMMAND with a podman whose containers, processes, network (the loopback) and control
# group are its own and end with it, and a root file system for containers in $ROOTFS, which has busybox. Its status is COMMAND's. Needs
# root, crun and busybox.
set -eu

case ${1:-} in
--group) # in a mount namespace: a control group for all of it
	here=$2; shift 2
	mount --make-rprivate /
	mount -t tmpfs tmpfs "$here"
	mkdir "$here/cgroup"
	mount -t cgroup2 cgroup2 "$here/cgroup"
	group=$here/cgroup/${here##*/}
	mkdir "$group"
	echo $$ >"$group/cgroup.procs"
	status=0
	unshare -C -p -n --fork --kill-child --mount-proc sh "$0" --inside "$here" "$@" || status=$?
	echo $$ >"$here/cgroup/cgroup.procs"
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
	exit $status
	;;
--inside)
	here=$2; shift 2
	mount -t tmpfs tmpfs /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t tmpfs tmpfs /run
	ip link set lo up
	mkdir -p "$here/bin" "$here/rootfs/bin"
	cp "$(command -v busybox)" "$here/rootfs/bin/busybox"
	# The libraries of a busybox that is not linked statically.
	ldd "$here/rootfs/bin/busybox" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
		cp -L --parents "$library" "$here/rootfs"
	done
	# crun, without what root may not do everywhere: limits and rules for devices.
	cat >"$here/bin/crun" <<-'EOF'
		#!/bin/sh
		before=
		for word; do
			case $before in --bundle | -b) bundle=$word ;; esac
			before=$word
		done
		[ -z "${bundle:-}" ] || python3 - "$bundle/config.json" <<'PYTHON'
		import json, sys
		with open(sys.argv[1]) as file:
		    config = json.load(file)
		config["process"].pop("rlimits", None)
		config["process"].pop("oomScoreAdj", None)
		config["linux"].pop("resources", None)
		with open(sys.argv[1], "w") as file:
		    json.dump(config, file)
		PYTHON
	EOF
	echo "exec $(command -v crun) \"\$@\"" >>"$here/bin/crun"
	printf '#!/bin/sh\nexec %s --runtime %s/bin/crun --cgroup-manager=cgroupfs --root %s/storage --runroot %s/run --tmpdir %s/tmp "$@"\n' \
		"$(command -v podman)" "$here" "$here" "$here" "$here" >"$here/bin/podman"
	chmod +x "$here/bin/crun" "$here/bin/podman"
	ROOTFS=$here/rootfs PATH=$here/bin:$PATH
	export ROOTFS PATH
	status=0
	"$@" || status=$?
	podman rm -f -a -t 0 >/dev/null 2>&1 || :
	exit $status
	;;
esac

here=$(mktemp -d "${TMPDIR:-/tmp}/with_podman.XXXXXX")
status=0
unshare -m --fork --kill-child sh "$0" --group "$here" "$@" || status=$?
rmdir "$here"
exit $status
