#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/pidfd.h"

enum {
	THREAD = O_EXCL,      /* PIDFD_THREAD: linux/pidfd.h */
	SAME_DESCRIPTORS = 2, /* KCMP_FILES: linux/kcmp.h */
	PROTOCOL_MPTCP = 262,
};

int pidfd_of(long task, bool thread)
{
	return (int)syscall(SYS_pidfd_open, (pid_t)task, thread ? THREAD : 0);
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
