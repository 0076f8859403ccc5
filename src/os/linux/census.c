#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "os/linux/sock_diag.h"
#include "tcp/fault.h"

enum { LOOK = 64 }; /* sockets after which the clock is looked at */

struct count {
	struct census *census;
	const struct census_query *query;
	unsigned seen;
	union addr sources[CENSUS_SOURCES];
};

/* Where the bytes of an address are. */
static const void *addr_bytes(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6 ? (const void *)&addr->v6.sin6_addr
					       : (const void *)&addr->v4.sin_addr;
}

static bool is_over(const struct census_query *query)
{
	struct pollfd stop = {.fd = query->stop, .events = POLLIN};

	return clock_us() >= query->until_us || poll(&stop, 1, 0) > 0;
}

/* diag_each */
static bool count_one(void *who, const struct holder *holder)
{
	struct count *count = who;
	struct census *census = count->census;
	const struct census_query *query = count->query;
	const unsigned port = addr_port(&holder->peer);

	census->cut = count->seen++ % LOOK == 0 && is_over(query);
	if (census->cut)
		return false;
	if (!(query->ports[port / 8] & 1u << port % 8) ||
	    memcmp(addr_bytes(&holder->peer), addr_bytes(&query->to), query->bytes) != 0)
		return true;
	census->connections++;
	for (unsigned i = 0; i < census->sources; i++)
		if (addr_same(&count->sources[i], &holder->local))
			return true;
	if (census->sources < CENSUS_SOURCES)
		count->sources[census->sources++] = holder->local;
	return true;
}

int census_take(const struct census_query *query, struct census *census)
{
	const struct diag_query established = {
	    .family = query->to.any.sa_family, .states = DIAG_ESTABLISHED};
	struct count count = {.census = census, .query = query};
	const int fd = sock_diag_open();

	*census = (struct census){0};
	if (fd < 0)
		return -1;
	const int result = sock_diag_ask(fd, &established, count_one, &count);
	fault_close(fd);
	return result;
}
