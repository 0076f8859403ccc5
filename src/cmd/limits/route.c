#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

#include "cmd/limits/route.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum { ANY_PORT = 9 };

/* Binds to the source; where the kernel has no port of UDP to give, to one that it does not give by itself. */
static int stand_at_source(int fd, const union addr *source, bool gives_none)
{
	enum { ATTEMPTS = 64, FIRST = 1024, PORTS = 65536 - FIRST };
	union addr end = *source;
	int result = gives_none ? -1 : bind(fd, &end.any, addr_len(&end));

	for (int i = 0;
	     result < 0 && (gives_none || errno == EADDRINUSE || errno == EACCES) && i < ATTEMPTS;
	     i++) {
		addr_set_port(&end, FIRST + port_random(PORTS));
		result = bind(fd, &end.any, addr_len(&end));
	}
	return result;
}

static bool is_multicast(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6 ? IN6_IS_ADDR_MULTICAST(&addr->v6.sin6_addr)
					       : IN_MULTICAST(ntohl(addr->v4.sin_addr.s_addr));
}

/* Whether it is a broadcast address, which UDP must ask for: connect has refused it with EACCES. */
static bool is_broadcast(int fd, const union addr *destination)
{
	const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
	       connect(fd, &destination->any, addr_len(destination)) == 0;
}

bool route_is_of_many(const union addr *source)
{
	const int fd = call_socket_untold(source->any.sa_family, SOCK_DGRAM);
	union addr there = *source;
	bool many = is_multicast(source) || (source->any.sa_family == AF_INET &&
						source->v4.sin_addr.s_addr == INADDR_BROADCAST);

	if (fd < 0)
		return many;
	addr_set_port(&there, ANY_PORT);
	many |= connect(fd, &there.any, addr_len(&there)) < 0 && errno == EACCES &&
		is_broadcast(fd, &there);
	close(fd);
	return many;
}

/* Connects as TCP would. */
static int reach(int fd, const union addr *destination)
{
	const union addr all = addr_any(destination->any.sa_family, 0);
	if (is_multicast(destination)) {
		errno = ENETUNREACH; /* tcp_v4_connect, tcp_v6_connect */
		return -1;
	}
	int result = connect(fd, &destination->any, addr_len(destination));

	/* inet_autobind: there is none that it gives. */
	if (result < 0 && errno == EAGAIN && stand_at_source(fd, &all, true) == 0)
		result = connect(fd, &destination->any, addr_len(destination));
	const int error = result < 0 ? errno : 0;
	errno = error == EACCES && is_broadcast(fd, destination) ? ENETUNREACH : error;
	return result;
}

/* A UDP socket is connected: the kernel chooses as for TCP, and nothing is sent. Fills in both ends. */
static int choose_source(union addr *source, union addr *destination, struct fault *fault)
{
	const int fd = call_socket_untold(destination->any.sa_family, SOCK_DGRAM);
	int result = -1;

	if (fd < 0)
		return fault_set(fault, CALL_SOCKET);
	if (source->any.sa_family != AF_UNSPEC && stand_at_source(fd, source, false) < 0)
		fault_set(fault, CALL_BIND);
	else if (reach(fd, destination) < 0)
		fault_set(fault, CALL_CONNECT);
	else
		result = 0;
	if (result == 0) {
		*source = sock_local(fd);
		*destination = sock_peer(fd);
		addr_set_port(source, 0);
	}
	close(fd);
	return result;
}

int route_find(
    struct route *route, const union addr *to, const union addr *from, struct fault *fault)
{
	union addr by_itself = {0};
	struct fault ignored;

	*route = (struct route){.source = addr_unmap(from), .destination = addr_unmap(to)};
	if (route->source.any.sa_family != AF_UNSPEC && route_is_of_many(&route->source)) {
		errno = EADDRNOTAVAIL;
		return fault_set(fault, CALL_BIND);
	}
	if (choose_source(&route->source, &route->destination, fault) < 0)
		return -1;
	union addr destination = route->destination;
	route->by_itself = choose_source(&by_itself, &destination, &ignored) == 0 &&
			   addr_same(&by_itself, &route->source);
	return 0;
}
