/* ctest: os=Linux native wrap=fstatfs */
/* os/linux/places: a mount of control groups that another file system covers is not looked through: what is there is no
 * group, whatever number it has. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/holder.h"
#include "tests/lib/test.h"

enum { TMPFS = 0x01021994, SKIP = 77 };

static enum { OPEN, COVERED, REFUSED } mounts;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __real_fstatfs(int fd, struct statfs *fs);
int __wrap_fstatfs(int fd, struct statfs *fs);

int __wrap_fstatfs(int fd, struct statfs *fs)
{
	if (mounts == REFUSED) {
		errno = EACCES;
		return -1;
	}
	const int result = __real_fstatfs(fd, fs);
	if (mounts == COVERED)
		fs->f_type = TMPFS;
	return result;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* Whether the place of the control group of that socket, the only one on `port`, is found. */
static bool is_placed(unsigned port)
{
	struct holders holders;

	if (holders_read(&holders, HOLDERS_TCP, port) < 0) {
		perror("holders_read");
		exit(1);
	}
	holders_know(&holders, true);
	CHECK(holders.count == 1, "%zu sockets", holders.count);
	const bool placed = holders.count > 0 && holders.list[0].place > 0;
	holders_free(&holders);
	return placed;
}

/* The group of version 2 that this process is in, below the root that it sees. */
static bool read_own_group(char group[256])
{
	char line[256];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file))
		found = sscanf(line, "0::%255[^\n]", group) == 1;
	if (file)
		fclose(file);
	return found;
}

static bool enter(const char *folder)
{
	char path[400];
	FILE *file;

	snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	file = fopen(path, "we");
	if (!file)
		return false;
	fputs("0", file);
	return fclose(file) == 0;
}

/* A listener on a port of its own, made in the control group `folder`; -1 where that cannot be. */
static int listen_within(const char *folder, unsigned *port)
{
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = sizeof addr.v4;

	if (mkdir(folder, 0755) < 0 || !enter(folder))
		return -1;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, &addr.any, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, &addr.any, &len) < 0)
		return -1;
	*port = addr_port(&addr);
	return fd;
}

static unsigned port;

static void what_covers_the_control_groups_is_taken_for_none_of_them(void)
{
	mounts = COVERED;
	CHECK(!is_placed(port), "found in another file system");
	mounts = REFUSED;
	CHECK(!is_placed(port), "found where nothing is told");
	mounts = OPEN;
}

int main(void)
{
	char mount_point[] = "/tmp/reuse-groups-XXXXXX", own[256], home[300], folder[300];
	int status = SKIP;

	if (geteuid() != 0) {
		printf("skip: needs root\n");
		return SKIP;
	}
	if (!read_own_group(own) || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || !mkdtemp(mount_point)) {
		printf("skip: no mounts of its own\n");
		return SKIP;
	}
	snprintf(home, sizeof home, "%s%s", mount_point, own);
	snprintf(folder, sizeof folder, "%s/reuse-test-%ld.service", mount_point, (long)getpid());
	if (mount("none", mount_point, "cgroup2", 0, NULL) == 0) {
		const int fd = listen_within(folder, &port);
		if (fd >= 0 && is_placed(port)) {
			TEST(what_covers_the_control_groups_is_taken_for_none_of_them);
			status = test_failures != 0;
		}
		if (fd >= 0)
			close(fd);
		enter(home);
		rmdir(folder);
		umount(mount_point);
	}
	rmdir(mount_point);
	if (status == SKIP)
		printf("skip: no control group of its own, or the kernel tells none of a socket\n");
	return status;
}
