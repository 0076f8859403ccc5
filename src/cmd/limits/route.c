#include <errno.h>
#include <unistd.h>

#include "cmd/limits/route.h"
#include "tcp/call.h"
#include "tcp/sock.h"

/* A UDP socket is connected: the kernel chooses as for TCP, and nothing is sent. Fills in both ends. */
static int choose_source(union addr *source, union addr *destination, struct fault *fault)
{
	const int fd = call_socket_untold(destination->any.sa_family, SOCK_DGRAM);
	int result = -1;

	if (fd < 0)
		return fault_set(fault, CALL_SOCKET);
	if (source->any.sa_family != AF_UNSPEC && bind(fd, &source->any, addr_len(source)) < 0)
		fault_set(fault, CALL_BIND);
	else if (connect(fd, &destination->any, addr_len(destination)) < 0)
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
	if (choose_source(&route->source, &route->destination, fault) < 0)
		return -1;
	union addr destination = route->destination;
	route->by_itself = choose_source(&by_itself, &destination, &ignored) == 0 &&
			   addr_same(&by_itself, &route->source);
	return 0;
}
