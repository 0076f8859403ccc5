/* The causes that lie at the other end, or on the way there. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "diagnosis/causes_checks.h"
#include "os/holder.h"
#include "tcp/probe.h"

/* Whether the peer is this machine itself. */
static bool is_here(const union addr *addr)
{
	char name[IF_NAMESIZE];

	return facts_address(addr, name) == ADDRESS_READY;
}

/* The listener of this machine that takes connections to `to`; false: there is none, or it is not known, as where
 * the only one is bound to a device: it takes what comes by that. */
static bool find_listener(const union addr *to, struct holder *listener, bool *known)
{
	struct holders holders = {0};
	bool found = false, bound = false;
	/* Nobody listens on port 0, by which the others would be asked for all. */
	const bool read =
	    addr_port(to) == 0 || holders_read_listeners(&holders, addr_port(to)) == 0;

	for (size_t i = 0; i < holders.count; i++) {
		const bool takes = holder_takes(&holders.list[i], to);
		if (takes && holders.list[i].device) {
			bound = true;
			continue;
		}
		/* Of several the one whose queue is the fullest. */
		if (takes && (!found || holders.list[i].queued > listener->queued))
			*listener = holders.list[i];
		found |= takes;
	}
	holders_free(&holders);
	*known = read && (found || !bound);
	return found;
}

enum fact ends_listener(const struct subject *subject, char said[CAUSE_SAID])
{
	struct holder listener;
	bool known;

	if (!subject->peer || !is_here(subject->peer))
		return FACT_UNKNOWN;
	if (find_listener(subject->peer, &listener, &known))
		return FACT_NO;
	if (known)
		snprintf(said, CAUSE_SAID, "the machine is there, but nobody listens on that port");
	return known ? FACT_YES : FACT_UNKNOWN;
}

static enum fact is_full(const struct holder *listener)
{
	if (listener->queue_limit == LIMIT_UNKNOWN)
		return FACT_UNKNOWN;
	return listener->queued > listener->queue_limit ? FACT_YES : FACT_NO;
}

enum fact ends_queue(const struct subject *subject, char said[CAUSE_SAID])
{
	struct holder listener;
	bool known;

	if (!subject->peer)
		return cause_tunable(subject, said);
	if (!is_here(subject->peer) || !find_listener(subject->peer, &listener, &known))
		return FACT_UNKNOWN;
	const enum fact full = is_full(&listener);
	if (full != FACT_YES)
		return full;
	snprintf(said, CAUSE_SAID,
	    "the queue of its listener is full: %u not accepted yet, limit %u", listener.queued,
	    listener.queue_limit);
	return FACT_YES;
}

/* What a datagram socket is told, which asks for the same route and sends nothing; 0: there is one. */
static int try_route(const union addr *peer)
{
	struct fault fault;

	if (probe_connect(peer, true, &fault) == 0)
		return 0;
	return fault.at == CALL_CONNECT ? fault.error : EINVAL;
}

/* socket(7), SO_BROADCAST: without it a datagram socket is refused broadcast addresses, EACCES. */
enum fact ends_broadcast(const struct subject *subject, char said[CAUSE_SAID])
{
	(void)said;
	if (!subject->peer)
		return FACT_UNKNOWN;
	const union addr to = addr_unmap(subject->peer);
	const bool multicast = to.any.sa_family == AF_INET6
				   ? IN6_IS_ADDR_MULTICAST(&to.v6.sin6_addr)
				   : IN_MULTICAST(ntohl(to.v4.sin_addr.s_addr)) ||
					 to.v4.sin_addr.s_addr == INADDR_BROADCAST;
	return multicast || try_route(subject->peer) == EACCES ? FACT_YES : FACT_NO;
}

/* Linux, fib_props: each of these types of route has an errno of its own. */
enum fact ends_route_says(const struct subject *subject, char said[CAUSE_SAID])
{
	const int error = subject->cause->error;
	char text[ADDR_TEXT];

	if (!subject->peer)
		return FACT_UNKNOWN;
	if ((error != EACCES && ends_broadcast(subject, said) == FACT_YES) ||
	    ends_scope(subject, said) == FACT_YES || try_route(subject->peer) != error) {
		*said = 0;
		return FACT_NO;
	}
	snprintf(said, CAUSE_SAID, "this machine's route to %s is of type %s",
	    addr_print_host(subject->peer, text),
	    error == EINVAL   ? "blackhole"
	    : error == EACCES ? "prohibit"
			      : "unreachable");
	return FACT_YES;
}

/* Nobody on the way answers for this machine: what does not come from its sockets or routes comes from a rule. */
enum fact ends_firewall(const struct subject *subject, char said[CAUSE_SAID])
{
	const int error = subject->cause->error;
	struct holder listener;
	bool known;

	if (!subject->peer || !is_here(subject->peer))
		return FACT_UNKNOWN;
	const bool found = find_listener(subject->peer, &listener, &known);
	if (error == EHOSTUNREACH ? try_route(subject->peer) == error : !known || !found)
		return error == ETIMEDOUT || !known ? FACT_UNKNOWN : FACT_NO;
	if (error == ETIMEDOUT && is_full(&listener) != FACT_NO)
		return is_full(&listener) == FACT_YES ? FACT_NO : FACT_UNKNOWN;
	const bool drops = error == ETIMEDOUT;
	const enum fact program =
	    drops ? facts_group_program(CALL_SEND, subject->peer->any.sa_family) : FACT_NO;
	if (program == FACT_YES)
		snprintf(said, CAUSE_SAID,
		    "a listener is there, and this control group has a BPF program on what is sent, as "
		    "IPAddressDeny= makes it: it drops it, or a firewall rule of this machine (inferred)");
	else
		snprintf(said, CAUSE_SAID,
		    "%s: a firewall rule of this machine %s it%s; as root 'nft list ruleset' or 'iptables "
		    "-S' shows it (inferred)",
		    error == EHOSTUNREACH ? "the destination is this machine"
					  : "a listener is there",
		    drops ? "drops" : "rejects",
		    program == FACT_UNKNOWN ? ", or IPAddressDeny= of its unit" : "");
	return FACT_YES;
}

enum fact ends_route(const struct subject *subject, char said[CAUSE_SAID])
{
	char text[ADDR_TEXT];

	if (!subject->peer)
		return FACT_UNKNOWN;
	if (ends_broadcast(subject, said) == FACT_YES)
		return FACT_NO;
	if (try_route(subject->peer) != ENETUNREACH)
		return FACT_UNKNOWN;
	if (addr_is_loopback(subject->peer) && facts_loopback_down() == FACT_YES)
		snprintf(said, CAUSE_SAID, "the loopback (lo) is down: ip link set lo up");
	else
		snprintf(
		    said, CAUSE_SAID, "no route leads to %s", addr_print_host(subject->peer, text));
	return FACT_YES;
}
