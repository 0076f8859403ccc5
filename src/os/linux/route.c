/* What the kernel takes an IPv4 address for: rtnetlink(7), RTM_GETROUTE, which sends nothing. */
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/facts.h"

/* Layouts and numbers from linux/netlink.h and linux/rtnetlink.h, which not every libc brings along. */
enum {
	NETLINK_OF_ROUTES = 0, /* NETLINK_ROUTE */
	IS_REQUEST = 1,        /* NLM_F_REQUEST */
	NEW_ROUTE = 24,        /* RTM_NEWROUTE */
	GET_ROUTE = 26,        /* RTM_GETROUTE */
	DESTINATION = 1,       /* RTA_DST */
	ROUTE_LOCAL = 2,       /* RTN_LOCAL */
	ROUTE_BROADCAST = 3,   /* RTN_BROADCAST */
};

/* struct nlmsghdr and struct rtmsg. */
struct route_head {
	uint32_t len;
	uint16_t message, flags;
	uint32_t seq, pid;
	unsigned char family, destination_len, source_len, tos, table, protocol, scope, type;
	uint32_t route_flags;
};

/* A question for the route to one address, and as much of the answer as is looked at. */
struct route_question {
	struct route_head head;
	uint16_t attribute_len, attribute;
	struct in_addr addr;
};

struct route_answer {
	struct route_head head;
	char rest[1024];
};

enum fact facts_bindable(const union addr *addr)
{
	const struct route_question question = {.head = {.len = sizeof question,
						    .message = GET_ROUTE,
						    .flags = IS_REQUEST,
						    .family = AF_INET,
						    .destination_len = 32},
	    .attribute_len = 4 + sizeof question.addr,
	    .attribute = DESTINATION,
	    .addr = addr->v4.sin_addr};
	struct route_answer answer;

	if (addr->any.sa_family != AF_INET)
		return FACT_UNKNOWN;
	/* Linux, inet_addr_type: of these no route is asked. */
	if (addr->v4.sin_addr.s_addr == INADDR_BROADCAST ||
	    IN_MULTICAST(ntohl(addr->v4.sin_addr.s_addr)))
		return FACT_YES;
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_OF_ROUTES);
	if (fd < 0)
		return FACT_UNKNOWN;
	memset(&answer, 0, sizeof answer);
	const bool asked = send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question &&
			   recv(fd, &answer, sizeof answer, MSG_DONTWAIT) > 0;
	close(fd);
	if (!asked)
		return FACT_UNKNOWN;
	/* Linux, inet_addr_valid_or_nonlocal; where there is no route the answer is an error. */
	return answer.head.message == NEW_ROUTE &&
		       (answer.head.type == ROUTE_LOCAL || answer.head.type == ROUTE_BROADCAST)
		   ? FACT_YES
		   : FACT_NO;
}
