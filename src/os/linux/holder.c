/* The sockets on a port, on Linux: sock_diag(7), or /proc/net where the kernel lacks it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/holder.h"
#include "os/parse/diag.h"
#include "os/parse/proc.h"

enum {
	NETLINK_DIAG = 4, /* NETLINK_SOCK_DIAG: linux/netlink.h */
	DATAGRAM = 65536, /* the kernel writes 32 KiB at most: netlink_dump, af_netlink.c */
};

/* What is being filled. */
struct collection {
	struct holders *holders;
	size_t room;
	unsigned port; /* host order; 0: all */
	enum diag_states states;
	int error; /* errno that ended it, or 0 */
};

/* diag_each */
static bool collect(void *who, const struct holder *holder)
{
	struct collection *c = who;
	struct holders *h = c->holders;

	if ((c->port && addr_port(&holder->local) != c->port) ||
	    (c->states == DIAG_LISTENERS && holder->state != HOLDER_LISTEN))
		return true;
	if (h->count == HOLDERS_MOST) {
		h->cut = true;
		return false;
	}
	if (h->count == c->room) {
		const size_t room = c->room ? 2 * c->room : 64;
		struct holder *list = realloc(h->list, room * sizeof *list);
		if (!list) {
			c->error = ENOMEM;
			return false;
		}
		h->list = list;
		c->room = room;
	}
	h->list[h->count++] = *holder;
	return true;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Reads datagrams until the answer ends. */
static int read_answer(int fd, unsigned char *buffer, struct collection *c)
{
	for (;;) {
		const ssize_t n = recv(fd, buffer, DATAGRAM, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || n > DATAGRAM)
			return n < 0 ? -1 : fail(EPROTO);
		switch (diag_parse(buffer, (size_t)n, collect, c)) {
		case DIAG_MORE:
			break;
		case DIAG_DONE:
			return c->error ? fail(c->error) : 0;
		case DIAG_ERROR:
			return -1;
		}
	}
}

/* The sockets of one family, or of both (AF_UNSPEC), from sock_diag. */
static int ask(int family, struct collection *c)
{
	unsigned char request[DIAG_REQUEST];
	const size_t len = diag_request(request, family, c->port, c->states);
	const struct timeval patience = {.tv_sec = 5};
	unsigned char *buffer = malloc(DATAGRAM);
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_DIAG);
	int result = -1;

	/* Unconnected, it goes to the kernel: netlink(7). */
	if (buffer && fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    send(fd, request, len, 0) == (ssize_t)len)
		result = read_answer(fd, buffer, c);
	const int error = errno;
	if (fd >= 0)
		close(fd);
	free(buffer);
	errno = error;
	return result;
}

/* The same from /proc/net, where bound-only sockets do not stand. */
static int read_proc_net(int family, struct collection *c)
{
	FILE *file = fopen(family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "re");
	char line[512];
	struct holder holder;

	if (!file)
		return family == AF_INET6 && errno == ENOENT ? 0 : -1;
	while (fgets(line, sizeof line, file))
		if (proc_socket(line, strlen(line), family, &holder) && !collect(c, &holder))
			break;
	fclose(file);
	return c->error ? fail(c->error) : 0;
}

/* Whether this kernel tells of bound-only sockets (Linux 6.8): asks for one that is ours. Returns 0; else
 * ENOTSUP, or what kept from asking. */
static int ask_for_bound(void)
{
	struct holders none = {0};
	struct collection c = {.holders = &none, .states = DIAG_BOUND};
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = sizeof addr.v4;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0) {
		error = errno;
	} else {
		c.port = addr_port(&addr);
		if (ask(AF_INET, &c) < 0)
			error = errno;
		else if (none.count == 0)
			error = ENOTSUP;
	}
	if (fd >= 0)
		close(fd);
	free(none.list);
	return error;
}

/* Whether the kernel refuses for lack of sock_diag: netlink_create, af_netlink.c; inet_diag_lock_handler,
 * inet_diag.c. */
static bool lacks_diag(int error)
{
	return error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == ENOENT;
}

/* Returns 0 by sock_diag; 1 by /proc/net, with bound_error; -1 with errno where both are refused. */
static int read_all(struct collection *c)
{
	struct holders *holders = c->holders;

	*holders = (struct holders){0};
	if (ask(AF_UNSPEC, c) == 0)
		return 0;
	/* Where the older request is no longer known. */
	holders->count = 0;
	holders->cut = false;
	if (c->error == 0 && ask(AF_INET, c) == 0 && ask(AF_INET6, c) == 0)
		return 0;
	holders->bound_error = lacks_diag(errno) ? ENOTSUP : errno;
	holders->count = 0;
	holders->cut = false;
	if (c->error == 0 && read_proc_net(AF_INET, c) == 0 && read_proc_net(AF_INET6, c) == 0)
		return 1;
	const int error = errno;
	holders_free(holders);
	return fail(error);
}

int holders_read(struct holders *holders, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_ALL};
	const int way = read_all(&c);
	bool told = false;

	for (size_t i = 0; way == 0 && i < holders->count && !told; i++)
		told = holders->list[i].state == HOLDER_BOUND;
	if (way == 0 && !told)
		holders->bound_error = ask_for_bound();
	return way < 0 ? -1 : 0;
}

int holders_read_listeners(struct holders *holders, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_LISTENERS};

	return read_all(&c) < 0 ? -1 : 0;
}

void holders_free(struct holders *holders)
{
	free(holders->list);
	free(holders->processes);
	*holders = (struct holders){0};
}
