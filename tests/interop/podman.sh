#!/bin/sh
# ctest: timeout=120 os=Linux
# A podman whose container has the port: it is stopped by the name that podman knows.
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

a_container_is_stopped_by_its_name() {
	beyond_posix "way to see who holds a port"
	need python3 podman crun busybox unshare ip
	[ "$(id -u)" = 0 ] || skip "needs root"
	capture sh "$lib/with_podman.sh" sh -c 'set -e
		id=$(podman run -d --name web --network host --rootfs "$ROOTFS" /bin/busybox httpd -f -p 127.0.0.1:8090) || exit 77
		echo "id $id"
		i=0; until "$3" why -q 127.0.0.1:8090 | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		setpriv --reuid 65534 --regid 65534 --clear-groups "$3" why --json 127.0.0.1:8090 | grep "\"holder\"" || :
		"$1" "$2/paste.py" "$3" 127.0.0.1 8090' - "$python" "$lib" "$REUSE"
	[ "$status" != 77 ] || skip "podman cannot run a container here"
	is status "$status" 0
	id=$(sed -n 's/^id //p' "$tmp/run.out")
	has run.out "\"container\":\"$id\",\"pids\":\\[\\]"
	has run.out '^stop podman stop web$'
	has run.out '^ok$'
}

a_paused_container_is_stopped_by_what_is_pasted() {
	beyond_posix "way to see who holds a port"
	need python3 podman crun busybox unshare ip
	[ "$(id -u)" = 0 ] || skip "needs root"
	capture sh "$lib/with_podman.sh" sh -c 'set -e
		podman run -d --name web --network host --rootfs "$ROOTFS" /bin/busybox httpd -f -p 127.0.0.1:8092 || exit 77
		i=0; until "$3" why -q 127.0.0.1:8092 | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		podman pause web || exit 77
		i=0; until "$3" why 127.0.0.1:8092 >/run/said || grep -q frozen /run/said || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
		cat /run/said
		"$1" "$2/paste.py" "$3" 127.0.0.1 8092' - "$python" "$lib" "$REUSE"
	[ "$status" != 77 ] || skip "podman cannot run or pause a container here"
	is status "$status" 0
	has run.out ', container web (.*) of podman, frozen by its control group$'
	has run.out '^stop podman unpause web && podman stop web$'
	has run.out '^ok$'
}

a_container_whose_port_is_forwarded_is_stopped_by_its_name() {
	beyond_posix "way to see who holds a port"
	need python3 podman crun busybox unshare ip slirp4netns
	[ "$(id -u)" = 0 ] || skip "needs root"
	for by in rootlesskit slirp4netns; do
		capture sh "$lib/with_podman.sh" sh -c 'set -e
			podman run -d --name web --network "slirp4netns:port_handler=$4" -p 8091:80 --rootfs "$ROOTFS" /bin/busybox httpd -f -p 80 || exit 77
			i=0; until "$3" why -q 0.0.0.0:8091 | grep -q "in use" || [ $i -ge 100 ]; do i=$((i + 1)); sleep 0.05; done
			"$1" "$2/paste.py" "$3" 0.0.0.0 8091' - "$python" "$lib" "$REUSE" "$by"
		[ "$status" != 77 ] || skip "podman cannot run a container with $by here"
		is status "$status" 0
		has run.out '^stop podman stop web$'
		has run.out '^ok$'
	done
}

keep_promises
