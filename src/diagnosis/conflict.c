#include "diagnosis/conflict.h"

/* A holder as the rule sees it. `unknown`: the set that one is taken to have whose options could not
 * be read; `more`: set on it in addition. */
static struct rule_socket as_rule(const struct holder *holder, unsigned unknown, unsigned more)
{
	const unsigned has = holder->reuseaddr < 0 ? unknown
						   : (holder->reuseaddr ? PROBE_ADDR : 0U) |
							 (holder->reuseport ? PROBE_PORT : 0U);

	/* Of one that was not bound there itself; where it was not read, most are. */
	const bool dual = holder->local.any.sa_family == AF_INET6 && holder->v6only != 1 &&
			  holder->state != HOLDER_LISTEN && holder->state != HOLDER_BOUND;

	return (struct rule_socket){.addr = holder->local,
	    .v6only = holder->v6only == 1,
	    .dual = dual,
	    .reuseaddr = ((has | more) & PROBE_ADDR) != 0,
	    .reuseport = ((has | more) & PROBE_PORT) != 0,
	    .device = holder->device,
	    .uid = holder->uid,
	    .state = holder->state == HOLDER_LISTEN ? RULE_LISTEN
		     : holder->remnant              ? RULE_TIME_WAIT
						    : RULE_OPEN};
}

static struct rule_socket newcomer(const struct attempt *attempt, unsigned set, long uid)
{
	return (struct rule_socket){.addr = attempt->probe->local,
	    .reuseaddr = (set & PROBE_ADDR) != 0,
	    .reuseport = (set & PROBE_PORT) != 0,
	    .uid = uid};
}

bool obstacle_overlaps(
    enum rule_system system, const struct holder *holder, const union addr *local)
{
	const struct rule_socket one = as_rule(holder, PROBE_NONE, PROBE_NONE),
				 other = {.addr = *local};

	return rule_overlap(system, &one, &other);
}

bool obstacle_blocks(const struct obstacles *obstacles, const struct holder *holder)
{
	const struct rule_socket one = as_rule(holder, PROBE_NONE, PROBE_NONE);
	const struct rule_socket other = newcomer(obstacles->attempt, PROBE_NONE, -1);

	if (obstacles->later && holder->remnant)
		return false;
	return !rule_allows(rule_bind(obstacles->attempt->system, &one, &other));
}

/* Whether the rule lets `set` of `uid` bind beside the holder, given that. A socket without a process has
 * no user that we could know: it is taken to be the same. */
static bool allowed(const struct obstacles *obstacles, const struct holder *holder, unsigned set,
    long uid, unsigned unknown, unsigned more)
{
	const enum kind kind = obstacles->attempt->holding->kinds[holder - obstacles->list];
	/* What waits to be accepted has the options of its listener. */
	const bool ask = holder->inode || kind == KIND_PENDING;
	struct rule_socket one = as_rule(holder, unknown, ask ? more : PROBE_NONE);
	const struct rule_socket other = newcomer(obstacles->attempt, set, uid);

	if (obstacles->later && holder->remnant)
		return true;
	if (holder->uid < 0)
		one.uid = uid;
	return rule_allows(rule_bind(obstacles->attempt->system, &one, &other));
}

static bool all_allowed(
    const struct obstacles *obstacles, unsigned set, long uid, unsigned unknown, unsigned more)
{
	for (size_t i = 0; i < obstacles->count; i++)
		if (!allowed(obstacles, &obstacles->list[i], set, uid, unknown, more))
			return false;
	return true;
}

void obstacles_infer(struct obstacles *obstacles)
{
	const struct probe *probe = obstacles->attempt->probe;
	unsigned fitting = 0, count = 0;

	for (size_t i = 0; i < obstacles->count; i++)
		obstacles->unread += obstacles->list[i].reuseaddr < 0 &&
				     obstacle_blocks(obstacles, &obstacles->list[i]);
	for (unsigned unknown = 0; unknown < PROBE_SETS; unknown++) {
		bool fits = true;
		for (unsigned set = 0; set < PROBE_SETS; set++)
			if (all_allowed(obstacles, set, obstacles->attempt->uid, unknown,
				PROBE_NONE) != (probe->faults[set].at == CALL_NONE))
				fits = false;
		if (!fits)
			continue;
		if (count++ == 0)
			fitting = unknown;
		obstacles->possible |= unknown;
	}
	obstacles->unknown = fitting;
	obstacles->inferred = count == 1 && obstacles->unread > 0;
}

bool obstacles_yield(const struct obstacles *obstacles, unsigned set, long uid)
{
	return all_allowed(obstacles, set, uid, obstacles->unknown, set);
}

/* Whether the holder has all of `set`, with `unknown` where its options were not read. */
static bool has_all(const struct holder *holder, unsigned set, unsigned unknown)
{
	const struct rule_socket has = as_rule(holder, unknown, PROBE_NONE);

	return !((set & PROBE_ADDR) && !has.reuseaddr) && !((set & PROBE_PORT) && !has.reuseport);
}

bool obstacle_lacks(const struct obstacles *obstacles, const struct holder *holder, unsigned set)
{
	return obstacle_blocks(obstacles, holder) && holder->inode &&
	       !has_all(holder, set, obstacles->unknown);
}

bool obstacle_may_have(const struct obstacles *obstacles, const struct holder *holder, unsigned set)
{
	return has_all(holder, set, obstacles->possible);
}
