#!/bin/sh
# Boots one of Debian's kernels in an emulated machine without network or disk, and runs the checks of
# guest.sh in it: boot.sh KERNEL..., of the table below. REUSE is a static program; what is fetched is kept in
# ./kernels for the next time. CHECKS='*fuzz*' runs those of such names alone, FUZZ=N SEED=S so many trials.
# Status 77, with the reason: this machine lacks what it takes.
set -eu
: "${REUSE:?set REUSE to the path of the program}" "${SOURCE:?set SOURCE to the top of the source tree}"
if [ $# -gt 1 ]; then
	failed=0
	for kernel; do
		sh "$0" "$kernel" || [ $? = 77 ] || failed=1
	done
	exit $failed
fi
cd "$(dirname "$REUSE")"

# Kernel, Debian's suite, machine, package. The cloud's flavour has the same source and fewer drivers.
table='
5.10  bullseye amd64 linux-image-cloud-amd64
6.1   bookworm amd64 linux-image-cloud-amd64
6.12  trixie   amd64 linux-image-cloud-amd64
sid   sid      amd64 linux-image-cloud-amd64
arm64 bookworm arm64 linux-image-cloud-arm64'
kernel=$1
seconds=${SECONDS_MOST:-400} # for the guest
row=$(printf '%s\n' "$table" | awk -v kernel="$kernel" '$1 == kernel') || :
[ -n "$row" ] || { echo "unknown kernel $kernel; known:$table" >&2; exit 2; }
# shellcheck disable=SC2086 # four words
set -- $row
suite=$2 machine=$3 package=$4

skip() {
	echo "skip: Linux $kernel: $*"
	exit 77
}

case $machine in
amd64) emulator='qemu-system-x86_64 -cpu max' console=ttyS0 wants=x86-64 ;;
arm64) emulator='qemu-system-aarch64 -machine virt -cpu max' console=ttyAMA0 wants=aarch64 ;;
esac
for program in "${emulator%% *}" cpio xz apt-get dpkg-deb timeout file; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
case $(file -b "$REUSE") in
*"$wants"*static*) ;;
*) skip "no static program for $machine: cmake -C cmake/preset/musl.cmake" ;;
esac

# --- packages, by an apt with files of its own -----------------------------------------

work=$PWD/kernels/$kernel
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
own() {
	command=$1
	shift
	timeout 120 "$command" -q -o Dir::Etc::SourceList="$work/sources" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$work/lists" -o Dir::State::Status=/dev/null -o Dir::Cache="$work/cache" -o APT::Sandbox::User= \
		-o APT::Architecture="$machine" -o APT::Architectures="$machine" -o Acquire::Languages=none \
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}
# The mirrors that this machine has, for its own release.
mirror() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' "Identifier: Packages" |
		awk -v release="$1" '$2 == release && $3 == "main" { print $1; exit }'
}
# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
main=$(mirror "$release") security=$(mirror "$release-security")
[ -n "$main" ] || skip "apt knows no mirror of Debian here"
key=
[ ! -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
	key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
echo "deb $key $main $suite main" >"$work/sources"
[ -z "$security" ] || [ "$suite" = sid ] || echo "deb $key $security $suite-security main" >>"$work/sources"
own apt-get update >"$work/update.log" 2>&1 || [ -s "$work/image" ] || skip "the lists of $suite cannot be had: $(tail -n 1 "$work/update.log")"

# depends PACKAGE PATTERN: those that it depends on, of such names.
depends() { own apt-cache depends --important "$1" 2>/dev/null | sed -n "s/^ *Depends: \\($2\\)\$/\\1/p"; }
image=$(depends "$package" 'linux-image-[0-9].*' | head -n 1)
[ -n "$image" ] || skip "$suite has no $package"
# What an image was until 6.12 is several packages since.
parts="$image $(depends "$image" 'linux-binary-.*') $(depends "$image" 'linux-modules-.*')"
if [ "$(cat "$work/image" 2>/dev/null)" != "$image" ]; then
	rm -rf "$work/packages" "$work/root"
	mkdir -p "$work/packages"
	# shellcheck disable=SC2086 # words
	(cd "$work/packages" && own apt-get download $parts busybox-static) >"$work/download.log" 2>&1 ||
		skip "$image cannot be had: $(tail -n 1 "$work/download.log")"
	for file in "$work"/packages/*.deb; do
		dpkg-deb -x "$file" "$work/root"
	done
	echo "$image" >"$work/image"
	rm -rf "$work/packages"
fi
vmlinuz=$(find "$work/root" -name 'vmlinuz*' -type f | head -n 1)
[ -n "$vmlinuz" ] || { echo "no vmlinuz in $parts" >&2; exit 1; }

# --- what the guest finds --------------------------------------------------------------

guest=$work/guest
rm -rf "$guest"
mkdir -p "$guest/bin" "$guest/etc" "$guest/modules" "$guest/units"
cp "$(find "$work/root" -path "*bin/busybox")" "$guest/bin/busybox"
cp "$REUSE" "$guest/bin/reuse"
cp "$PWD/tests/guest" "$guest/bin/guest"
cp "$SOURCE/tests/kernels/guest.sh" "$guest/init"
chmod 755 "$guest/init"
printf 'root:x:0:0::/tmp:/bin/sh\nuser:x:1001:1001::/tmp:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n' >"$guest/etc/passwd"
for unit in tests/test_*; do
	[ -x "$unit" ] && cp "$unit" "$guest/units/"
done
number=10
for module in inet_diag tcp_diag udp_diag unix_diag dummy; do
	file=$(find "$work/root" -path "*/kernel/*/$module.ko*" | head -n 1)
	number=$((number + 1))
	case $file in
	'') ;; # built in
	*.xz) xz -dc "$file" >"$guest/modules/$number-$module.ko" ;;
	*) cp "$file" "$guest/modules/$number-$module.ko" ;;
	esac
done
(cd "$guest" && find . | cpio -o -H newc --quiet) >"$work/initramfs"

# --- the machine -----------------------------------------------------------------------

echo "Linux $kernel: $image"
# shellcheck disable=SC2086 # words
timeout -k 5 "$seconds" $emulator -m 1024 -smp 2 -nodefaults -nographic -serial stdio -monitor none -no-reboot \
	-kernel "$vmlinuz" -initrd "$work/initramfs" \
	-append "console=$console CHECKS=${CHECKS:-*} FUZZ=${FUZZ:-2000} SEED=${SEED:-}" </dev/null >"$work/console" 2>&1 || :
tr -d '\r' <"$work/console" | sed -n '/^guest /,$p'
closing=$(tr -d '\r' <"$work/console" | sed -n 's/^--- \([0-9]* checks, [0-9]* failed, [0-9]* skipped\) ---$/\1/p')
[ -n "$closing" ] || { echo "no closing line within $seconds s; the console ends:"; tail -n 5 "$work/console"; exit 1; }
case $closing in
*", 0 failed,"*) ;;
*) exit 1 ;;
esac
