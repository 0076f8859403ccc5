/* network_namespaces(7), user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/netns.h"
#include "tcp/fault.h"

enum { NETNS_PATH = 128 };

static int loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = -1;

	if (fd < 0)
		return -1;
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		result = ioctl(fd, SIOCSIFFLAGS, &request);
	}
	fault_close(fd);
	return result;
}

int netns_enter(const char **call)
{
	*call = "unshare";
	/* With CAP_SYS_ADMIN at once; else as the root of a user namespace. */
	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -1;
	*call = "ioctl SIOCSIFFLAGS";
	return loopback_up();
}

int netns_tune(const char *name, const char *value)
{
	char path[NETNS_PATH];
	const int n = snprintf(path, sizeof path, "/proc/sys/%s", name);

	if (n >= NETNS_PATH) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *c = path; *c; c++)
		if (*c == '.')
			*c = '/';
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	const ssize_t written = write(fd, value, strlen(value));
	fault_close(fd);
	return written < 0 ? -1 : 0;
}
