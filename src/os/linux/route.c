/* What the kernel takes an IPv4 address for: rtnetlink(7), RTM_GETROUTE, which sends nothing. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/facts.h"

/* A question for the route to one address, and as much of the answer as is looked at. */
struct route_question {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr attribute;
	struct in_addr addr;
};

struct route_answer {
	struct nlmsghdr head;
	struct rtmsg route;
	char rest[1024];
};

enum fact facts_bindable(const union addr *addr)
{
	struct route_question question = {.head = {.nlmsg_len = sizeof question,
					      .nlmsg_type = RTM_GETROUTE,
					      .nlmsg_flags = NLM_F_REQUEST},
	    .route = {.rtm_family = AF_INET, .rtm_dst_len = 32},
	    .attribute = {.rta_len = RTA_LENGTH(sizeof question.addr), .rta_type = RTA_DST},
	    .addr = addr->v4.sin_addr};
	struct route_answer answer;

	if (addr->any.sa_family != AF_INET)
		return FACT_UNKNOWN;
	if (addr->v4.sin_addr.s_addr == INADDR_BROADCAST)
		return FACT_YES; /* of which no route is asked */
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return FACT_UNKNOWN;
	memset(&answer, 0, sizeof answer);
	const bool asked = send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question &&
			   recv(fd, &answer, sizeof answer, MSG_DONTWAIT) > 0;
	close(fd);
	if (!asked)
		return FACT_UNKNOWN;
	/* Linux, inet_addr_valid_or_nonlocal; where there is no route the answer is an error. */
	return answer.head.nlmsg_type == RTM_NEWROUTE &&
		       (answer.route.rtm_type == RTN_LOCAL ||
			   answer.route.rtm_type == RTN_BROADCAST ||
			   answer.route.rtm_type == RTN_MULTICAST)
		   ? FACT_YES
		   : FACT_NO;
}
