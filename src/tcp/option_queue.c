/* What waits in a socket's queues, and what was dropped from them. */
#include <sys/types.h> /* OpenBSD's netinet/tcp.h needs it */

#include <limits.h>
#include <stddef.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "config.h"
#include "tcp/option.h"

#if POSIX_ALONE
#undef SO_NWRITE
#undef FIONWRITE
#undef TIOCOUTQ
#endif

int option_unacknowledged(int fd)
{
	int bytes = 0;
#if defined SO_NWRITE /* macOS: getsockopt(2) */
	socklen_t len = sizeof bytes;
	const int result = getsockopt(fd, SOL_SOCKET, SO_NWRITE, &bytes, &len);
#elif defined FIONWRITE /* FreeBSD: ioctl(2), sys/filio.h */
	const int result = ioctl(fd, FIONWRITE, &bytes);
#elif defined TIOCOUTQ && TIOCOUTQ_TELLS_OF_SOCKETS
	const int result = ioctl(fd, TIOCOUTQ, &bytes);
#else
	const int result = -1;
	(void)fd;
#endif
	return result < 0 ? 0 : bytes;
}

void option_acknowledge(int fd)
{
#ifdef TCP_QUICKACK
	const int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#else
	(void)fd;
#endif
}

int option_unread(int fd)
{
	int bytes = 0;

	return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : bytes;
}

unsigned option_queued(int fd)
{
#if TCP_INFO_TELLS_THE_QUEUE && !POSIX_ALONE
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	/* As much as was told: an emulator (qemu-user 7) says yes and gives four bytes. */
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	    len >= offsetof(struct tcp_info, tcpi_unacked) + sizeof info.tcpi_unacked)
		return info.tcpi_unacked;
#endif
	(void)fd;
	return INT_MAX;
}

int64_t option_drops(int fd)
{
#ifdef SO_MEMINFO
	/* linux/sock_diag.h, SK_MEMINFO_DROPS: the ninth */
	uint32_t numbers[9];
	socklen_t len = sizeof numbers;

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, numbers, &len) == 0 && len == sizeof numbers)
		return numbers[8];
#else
	(void)fd;
#endif
	return -1;
}
