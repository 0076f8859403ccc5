#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/file.h"
#include "os/linux/pidfd.h"

enum {
	THREAD = O_EXCL,      /* PIDFD_THREAD: linux/pidfd.h */
	SAME_DESCRIPTORS = 2, /* KCMP_FILES: linux/kcmp.h */
	PROTOCOL_MPTCP = 262,
	NUMBER_SIZE = 24,
	INFO_SIZE = 256, /* of /proc/self/fdinfo/FD: more than its lines up to Pid */
};

int pidfd_of(long task, bool thread)
{
	return (int)syscall(SYS_pidfd_open, (pid_t)task, thread ? THREAD : 0);
}

bool pidfd_proc_is_outer(void)
{
	char self[NUMBER_SIZE];
	const ssize_t n = readlink("/proc/self", self, sizeof self - 1);

	if (n <= 0)
		return false;
	self[n] = 0;
	return strtol(self, NULL, 10) != (long)getpid();
}

long pidfd_in_proc(long task)
{
	char path[NUMBER_SIZE + sizeof "/proc/self/fdinfo/"], text[INFO_SIZE + 1];
	int fd;

	if (!pidfd_proc_is_outer())
		return task;
	fd = pidfd_of(task, false);
	if (fd < 0)
		fd = pidfd_of(task, true);
	if (fd < 0)
		return 0;
	/* proc(5): Pid is what the process is called in the namespace of that /proc. */
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	const ssize_t n = file_read(path, text, INFO_SIZE);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	const char *line = strstr(text, "\nPid:");
	const long number = line ? strtol(line + strlen("\nPid:"), NULL, 10) : 0;
	return number > 0 ? number : 0;
}

int pidfd_take(int pidfd, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

bool pidfd_same_files(long one, long other)
{
	return syscall(SYS_kcmp, (pid_t)one, (pid_t)other, SAME_DESCRIPTORS, 0L, 0L) == 0;
}

int pidfd_option(int sock, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	return getsockopt(sock, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

int pidfd_tcp(int sock)
{
	const int family = pidfd_option(sock, SO_DOMAIN);
	const int protocol = pidfd_option(sock, SO_PROTOCOL);
	const bool is_tcp = (family == AF_INET || family == AF_INET6) &&
			    pidfd_option(sock, SO_TYPE) == SOCK_STREAM &&
			    (protocol == IPPROTO_TCP || protocol == PROTOCOL_MPTCP);

	return is_tcp ? protocol : 0;
}
