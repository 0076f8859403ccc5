#include "diagnosis/conflict.h"
#include "os/tunable.h"
#include "tcp/facts.h"

/* A holder as the rule sees it, with the options `set`. */
static struct rule_socket as_rule(const struct holder *holder, unsigned set)
{
	/* Of one that was not bound there itself; where it was not read, most are. */
	const bool dual = !holder->udp && holder->local.any.sa_family == AF_INET6 &&
			  holder->v6only != 1 && holder->state != HOLDER_LISTEN &&
			  holder->state != HOLDER_BOUND;

	return (struct rule_socket){.addr = holder->local,
	    .v6only = holder->v6only == 1,
	    .dual = dual,
	    .reuseaddr = (set & PROBE_ADDR) != 0,
	    .reuseport = (set & PROBE_PORT) != 0,
	    .device = holder->device,
	    .uid = holder->uid,
	    .state = holder->state == HOLDER_LISTEN ? RULE_LISTEN
		     : holder->remnant              ? RULE_TIME_WAIT
						    : RULE_OPEN};
}

/* What a new :: has without asking. */
static bool v6only_by_default(void)
{
	static int known = -1;

	if (known < 0)
		known =
		    tunable_number("net.ipv6.bindv6only", 0) == 1 || rule_here() == RULE_OPENBSD;
	return known == 1;
}

static struct rule_socket as_newcomer(const struct newcomer *newcomer, unsigned set, long uid)
{
	return (struct rule_socket){.addr = newcomer->local,
	    .v6only =
		addr_is_any(&newcomer->local) && ((set & PROBE_V6ONLY) != 0 || v6only_by_default()),
	    .reuseaddr = (set & PROBE_ADDR) != 0,
	    .reuseport = (set & PROBE_PORT) != 0,
	    .device = newcomer->device,
	    .uid = uid};
}

static bool is_of(const struct newcomer *newcomer, const struct holder *holder)
{
	return holder->udp == newcomer->udp &&
	       !(newcomer->inode && holder->inode == newcomer->inode);
}

/* Whether one socket lets another in, given the options and the user of both. */
static bool allowed(
    const struct newcomer *newcomer, const struct rule_socket *one, const struct rule_socket *other)
{
	return rule_allows(newcomer->udp ? rule_bind_udp(facts_here(), one, other)
					 : rule_bind(facts_here(), one, other));
}

/* Linux, __inet6_bind. */
unsigned conflict_device(const union addr *local)
{
	const struct in6_addr *in = &local->v6.sin6_addr;

	return local->any.sa_family == AF_INET6 && rule_here() == RULE_LINUX &&
		       (IN6_IS_ADDR_LINKLOCAL(in) || IN6_IS_ADDR_MC_LINKLOCAL(in) ||
			   IN6_IS_ADDR_MC_NODELOCAL(in))
		   ? local->v6.sin6_scope_id
		   : 0;
}

bool conflict_blocks(const struct newcomer *newcomer, const struct holder *holder)
{
	const struct rule_socket one = as_rule(holder, PROBE_NONE);
	const struct rule_socket other =
	    as_newcomer(newcomer, newcomer->set & PROBE_V6ONLY, newcomer->uid);

	return is_of(newcomer, holder) && !allowed(newcomer, &one, &other);
}

bool conflict_guessed(const struct newcomer *newcomer, const struct holder *holder)
{
	struct holder narrow = *holder;

	narrow.v6only = 1;
	return holder->v6only < 0 && conflict_blocks(newcomer, holder) &&
	       !conflict_blocks(newcomer, &narrow);
}

/* The listener in whose queue a pending connection waits; NULL: none is seen, or several that differ. */
static const struct holder *listener_of(const struct holders *holders, const struct holder *pending)
{
	const struct holder *found = NULL;

	/* They stand first. */
	for (size_t i = 0; i < holders->count && holders->list[i].state == HOLDER_LISTEN; i++) {
		const struct holder *listener = &holders->list[i];
		if (!holder_takes(listener, &pending->local))
			continue;
		if (found &&
		    (found->uid != listener->uid || found->reuseaddr != listener->reuseaddr ||
			found->reuseport != listener->reuseport))
			return NULL;
		found = listener;
	}
	return found;
}

/* Whose it is to the rule; -1: not known. */
static long user_of(const struct findings *findings, size_t i)
{
	const struct holder *holder = &findings->holders.list[i];
	const struct holder *listener =
	    findings->roles[i] == ROLE_PENDING ? listener_of(&findings->holders, holder) : NULL;

	if (!listener)
		return holder->uid;
	return facts_have(facts_here(), FACT_QUEUE_USER) ? listener->uid : 0;
}

int conflict_options(const struct findings *findings, size_t i)
{
	const struct holder *holder = &findings->holders.list[i];

	if (holder->reuseaddr < 0 && findings->roles[i] == ROLE_PENDING)
		holder = listener_of(&findings->holders, holder);
	if (!holder || holder->reuseaddr < 0)
		return -1;
	return (holder->reuseaddr ? PROBE_ADDR : 0) | (holder->reuseport ? PROBE_PORT : 0);
}

bool conflict_complete(const struct findings *findings)
{
	return !findings->error && !findings->holders.bound_error && !findings->holders.cut;
}

/* What one holder says, as if it had `more` too. */
static enum may one_may(const struct findings *findings, const struct newcomer *newcomer, size_t i,
    const struct rule_socket *other, unsigned more)
{
	const struct holder *holder = &findings->holders.list[i];
	const int options = conflict_options(findings, i);
	struct rule_socket least =
	    as_rule(holder, (options < 0 ? PROBE_NONE : (unsigned)options) | more);
	struct rule_socket most =
	    as_rule(holder, (options < 0 ? PROBE_BOTH : (unsigned)options) | more);

	least.uid = user_of(findings, i);
	most.uid = least.uid < 0 ? other->uid : least.uid;
	if (allowed(newcomer, &least, other))
		return MAY;
	return allowed(newcomer, &most, other) ? MAY_OR_NOT : MAY_NOT;
}

enum may conflict_with(const struct findings *findings, const struct newcomer *newcomer, size_t i)
{
	const struct rule_socket other = as_newcomer(newcomer, newcomer->set, newcomer->uid);

	return is_of(newcomer, &findings->holders.list[i])
		   ? one_may(findings, newcomer, i, &other, PROBE_NONE)
		   : MAY;
}

static enum may all_may(const struct findings *findings, const struct newcomer *newcomer,
    const struct rule_socket *other, const bool gone[], unsigned more)
{
	enum may all = conflict_complete(findings) ? MAY : MAY_OR_NOT;

	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		const bool can = holder->owner_count > 0 || findings->roles[i] == ROLE_PENDING;
		if ((gone && gone[i]) || !is_of(newcomer, holder))
			continue;
		const enum may one = one_may(findings, newcomer, i, other, can ? more : PROBE_NONE);
		if (one == MAY_NOT)
			return MAY_NOT;
		if (one == MAY_OR_NOT)
			all = MAY_OR_NOT;
	}
	return all;
}

enum may conflict_may(const struct findings *findings, const struct newcomer *newcomer,
    unsigned set, long uid, const bool gone[])
{
	const struct rule_socket other = as_newcomer(newcomer, set, uid);

	return all_may(findings, newcomer, &other, gone, PROBE_NONE);
}

enum may conflict_may_both(
    const struct findings *findings, const struct newcomer *newcomer, unsigned set)
{
	const struct rule_socket other = as_newcomer(newcomer, set | newcomer->set, newcomer->uid);

	return all_may(findings, newcomer, &other, NULL, set);
}
