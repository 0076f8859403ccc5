#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/linux/sock_diag.h"
#include "tcp/fault.h"

enum {
	NETLINK_DIAG = 4, /* NETLINK_SOCK_DIAG: linux/netlink.h */
	DATAGRAM = 65536, /* the kernel writes 32 KiB at most: netlink_dump, af_netlink.c */
};

int sock_diag_open(void)
{
	const struct timeval patience = {.tv_sec = 5};
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_DIAG);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
		return fd;
	return fault_close(fd);
}

/* Reads datagrams until the answer ends. */
static int read_answer(
    int fd, unsigned char *buffer, enum diag_protocol protocol, diag_each *each, void *who)
{
	for (;;) {
		const ssize_t n = recv(fd, buffer, DATAGRAM, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0 || n > DATAGRAM) {
			errno = EPROTO;
			return -1;
		}
		switch (diag_parse(buffer, (size_t)n, protocol, each, who)) {
		case DIAG_MORE:
			break;
		case DIAG_DONE:
			return 0;
		case DIAG_ERROR:
			return -1;
		}
	}
}

int sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who)
{
	unsigned char request[DIAG_REQUEST];
	const size_t len = diag_request(request, query);
	unsigned char *buffer = malloc(DATAGRAM);
	int result = -1;

	/* Unconnected, it goes to the kernel: netlink(7). */
	if (buffer && send(fd, request, len, 0) == (ssize_t)len)
		result = read_answer(fd, buffer, query->protocol, each, who);
	const int error = errno;
	free(buffer);
	errno = error;
	return result;
}

/* netlink_create, af_netlink.c; inet_diag_lock_handler, inet_diag.c. EAFNOSUPPORT is a filter's. */
bool sock_diag_lacks(int error)
{
	return error == EPROTONOSUPPORT || error == ENOENT;
}
