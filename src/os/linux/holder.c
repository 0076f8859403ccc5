/* The sockets on a port, on Linux: sock_diag(7), or /proc/net where the kernel lacks it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/collect.h"
#include "os/linux/file.h"
#include "os/parse/proc.h"
#include "os/tunable.h"
#include "tcp/version.h"

enum { TRYING_MOST = 2000 }; /* orphans that are asked about one by one */

/* diag_each: adds a socket to the collection, `who`. */
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
	h->list[h->count] = *holder;
	if (holder->uid == c->unmapped)
		h->list[h->count].uid = -1;
	h->count++;
	return true;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* user_namespaces(7) */
long collect_unmapped(void)
{
	char text[4096];
	ssize_t n = file_read("/proc/self/uid_map", text, sizeof text);

	if (n <= 0 || proc_maps_all(text, (size_t)n))
		return -1;
	n = file_read("/proc/sys/kernel/overflowuid", text, sizeof text - 1);
	text[n > 0 ? n : 0] = 0;
	return n > 0 ? strtol(text, NULL, 10) : 65534;
}

int collect_both(int fd, struct diag_query *query, diag_each *each, void *who)
{
	query->family = AF_INET;
	if (sock_diag_ask(fd, query, each, who) < 0)
		return -1;
	query->family = AF_INET6;
	return sock_diag_ask(fd, query, each, who);
}

/* One dump of TCP: both families at once, or one after the other where the older request is not known. */
static int ask_tcp(int fd, struct collection *c, enum diag_states states, bool details)
{
	struct diag_query query = {
	    .family = AF_UNSPEC, .port = c->port, .states = states, .details = details};
	const size_t before = c->holders->count;

	if (sock_diag_ask(fd, &query, collect, c) == 0)
		return c->error ? fail(c->error) : 0;
	c->holders->count = before;
	return collect_both(fd, &query, collect, c) < 0 ? -1 : c->error ? fail(c->error) : 0;
}

static int ask_udp(int fd, struct collection *c)
{
	struct diag_query query = {
	    .protocol = DIAG_UDP, .port = c->port, .states = DIAG_ALL, .details = c->port != 0};

	return collect_both(fd, &query, collect, c) < 0 ? -1 : c->error ? fail(c->error) : 0;
}

/* The same from /proc/net, where bound-only sockets do not stand. */
static int read_proc_net(const char *path, int family, bool udp, struct collection *c)
{
	FILE *file = fopen(path, "re");
	char line[512];
	struct holder holder;

	if (!file)
		return family == AF_INET6 && errno == ENOENT ? 0 : -1;
	while (fgets(line, sizeof line, file)) {
		if (!proc_socket(line, strlen(line), family, &holder))
			continue;
		holder.udp = udp;
		if (!collect(c, &holder))
			break;
	}
	fclose(file);
	return c->error ? fail(c->error) : 0;
}

/* Whether it does by the version. */
static int bound_by_version(void)
{
	return version_here() >= VERSION_OF(6, 8, 0) ? 0 : ENOTSUP;
}

/* Whether a bind of ours was refused by a sandbox, or as no port is left: that tells nothing of the kernel. */
static bool binds_nothing(int error)
{
	return error == EACCES || error == EPERM || error == EADDRINUSE || error == EADDRNOTAVAIL;
}

/* Whether this kernel tells of bound-only sockets (Linux 6.8): asks for one that is ours. Returns 0; else
 * ENOTSUP, or what kept from asking. */
static int ask_for_bound(int diag)
{
	struct holders none = {0};
	struct collection c = {.holders = &none, .states = DIAG_BOUND, .unmapped = -1};
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = sizeof addr.v4;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0) {
		error = binds_nothing(errno) ? bound_by_version() : errno;
	} else {
		c.port = addr_port(&addr);
		if (ask_tcp(diag, &c, DIAG_BOUND, false) < 0)
			error = errno;
		else if (none.count == 0)
			error = ENOTSUP;
	}
	if (fd >= 0)
		close(fd);
	free(none.list);
	return error;
}

/* diag_each: adds most_ms to those that are in the collection already. */
static bool add_most(void *who, const struct holder *detailed)
{
	const struct collection *c = who;

	for (size_t i = 0; detailed->trying && i < c->holders->count; i++) {
		struct holder *holder = &c->holders->list[i];
		if (!holder->trying || !addr_same(&holder->local, &detailed->local) ||
		    !addr_same(&holder->peer, &detailed->peer))
			continue;
		holder->most_ms = detailed->most_ms;
		holder->shut = detailed->shut;
	}
	return true;
}

/* How long the kernel tries still for orphans, where there are such. It stays unknown without an answer, of very many,
 * and where the number of tries was set: most_ms goes by the usual one. */
static void ask_most(int fd, struct collection *c)
{
	struct diag_query query = {.port = c->port, .states = DIAG_ORPHANS, .details = true};
	size_t count = 0;

	for (size_t i = 0; i < c->holders->count; i++)
		count += c->holders->list[i].trying;
	if (count == 0 || count > TRYING_MOST ||
	    tunable_number("net.ipv4.tcp_orphan_retries", -1) != 0)
		return;
	collect_both(fd, &query, add_most, c);
}

/* Of the listeners more is asked, where they are not all that is: they are few, and have a table of their own. */
static int ask_listeners_apart(int fd, struct collection *c)
{
	const enum diag_states others = c->states & ~(unsigned)DIAG_LISTENERS;

	if (others == c->states || (!c->port && !others))
		return ask_tcp(fd, c, c->states, false);
	if (ask_tcp(fd, c, DIAG_LISTENERS, true) < 0)
		return -1;
	return others ? ask_tcp(fd, c, others, false) : 0;
}

/* TCP by sock_diag. */
static int ask_all_tcp(int fd, struct collection *c)
{
	if (ask_listeners_apart(fd, c) < 0)
		return -1;
	if (c->states == DIAG_ALL && c->port) {
		ask_most(fd, c);
		mptcp_mark_closed(fd, c);
	}
	return 0;
}

int collect_dump(struct collection *collection, int fd, unsigned protocols)
{
	if (protocols & HOLDERS_TCP && ask_listeners_apart(fd, collection) < 0)
		return -1;
	return protocols & HOLDERS_UDP ? ask_udp(fd, collection) : 0;
}

static bool lists_bound(const struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->list[i].state == HOLDER_BOUND && !holders->list[i].udp)
			return true;
	return false;
}

/* TCP by sock_diag, or else by /proc/net, with bound_error. */
static int read_tcp(int fd, struct collection *c)
{
	struct holders *holders = c->holders;

	if (fd >= 0 && ask_all_tcp(fd, c) == 0) {
		if (c->states == DIAG_ALL && !lists_bound(holders))
			holders->bound_error = holders->protocols & HOLDERS_NO_BIND
						   ? bound_by_version()
						   : ask_for_bound(fd);
		return 0;
	}
	holders->bound_error = sock_diag_lacks(errno) ? ENOTSUP : errno;
	holders->no_diag = true;
	holders->count = 0;
	holders->cut = false;
	if (c->error)
		return -1;
	return read_proc_net("/proc/net/tcp", AF_INET, false, c) < 0
		   ? -1
		   : read_proc_net("/proc/net/tcp6", AF_INET6, false, c);
}

static int read_udp(int fd, struct collection *c)
{
	const size_t before = c->holders->count;

	if (fd >= 0 && ask_udp(fd, c) == 0)
		return 0;
	c->holders->count = before;
	if (c->error)
		return -1;
	return read_proc_net("/proc/net/udp", AF_INET, true, c) < 0
		   ? -1
		   : read_proc_net("/proc/net/udp6", AF_INET6, true, c);
}

static int read_by(int fd, struct collection *c, unsigned protocols)
{
	*c->holders = (struct holders){.protocols = protocols, .port = c->port};
	if ((!(protocols & HOLDERS_TCP) || read_tcp(fd, c) == 0) &&
	    (!(protocols & HOLDERS_UDP) || read_udp(fd, c) == 0))
		return 0;
	const int error = errno;
	holders_free(c->holders);
	return fail(error);
}

static int read_all(struct collection *c, unsigned protocols)
{
	c->unmapped = collect_unmapped();
	const int fd = sock_diag_open();
	const int result = read_by(fd, c, protocols);
	const int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return result;
}

int holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_ALL};

	return read_all(&c, protocols);
}

int holders_read_listeners(struct holders *holders, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_LISTENERS};

	return read_all(&c, HOLDERS_TCP);
}

void holders_free(struct holders *holders)
{
	for (size_t i = 0; i < holders->process_count; i++)
		free(holders->processes[i].command);
	free(holders->list);
	free(holders->owners);
	free(holders->processes);
	free(holders->places);
	free(holders->networks);
	*holders = (struct holders){0};
}
