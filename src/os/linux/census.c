#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/sock_diag.h"

struct count {
	struct census *census;
	const union addr *to;
	size_t bytes;
	const unsigned char *ports;
	union addr sources[CENSUS_SOURCES];
};

/* Where the bytes of an address are. */
static const void *addr_bytes(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6 ? (const void *)&addr->v6.sin6_addr
					       : (const void *)&addr->v4.sin_addr;
}

/* diag_each */
static bool count_one(void *who, const struct holder *holder)
{
	struct count *count = who;
	struct census *census = count->census;
	const unsigned port = addr_port(&holder->peer);

	if (!(count->ports[port / 8] & 1u << port % 8) ||
	    memcmp(addr_bytes(&holder->peer), addr_bytes(count->to), count->bytes) != 0)
		return true;
	census->connections++;
	for (unsigned i = 0; i < census->sources; i++)
		if (addr_same(&count->sources[i], &holder->local))
			return true;
	if (census->sources < CENSUS_SOURCES)
		count->sources[census->sources++] = holder->local;
	return true;
}

int census_take(
    const union addr *to, size_t bytes, const unsigned char ports[8192], struct census *census)
{
	const struct diag_query query = {.family = to->any.sa_family, .states = DIAG_ESTABLISHED};
	struct count count = {.census = census, .to = to, .bytes = bytes, .ports = ports};
	const int fd = sock_diag_open();

	*census = (struct census){0};
	if (fd < 0)
		return -1;
	const int result = sock_diag_ask(fd, &query, count_one, &count);
	const int error = errno;
	close(fd);
	errno = error;
	return result;
}
