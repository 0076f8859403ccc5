#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "diagnosis/cures.h"
#include "diagnosis/stop.h"

enum { PORTS_TRIED = 12 };

/* Whether no process has it, and none will: it goes by itself, or is ended. */
static bool is_closed(const struct findings *findings, size_t i)
{
	return findings->roles[i] == ROLE_REMNANT || findings->roles[i] == ROLE_ORPHAN;
}

/* Without options, with the two of sharing, then the same with IPV6_V6ONLY. */
static int first_set(const struct bindtest *test)
{
	for (unsigned set = 0; set < test->sets; set++)
		if (bindtest_lets(test, set))
			return (int)set;
	return -1;
}

/* Whether `uid` could have it with some set; fills in `as`. */
static bool try_user(
    const struct findings *findings, const struct newcomer *newcomer, long uid, struct cures *cures)
{
	for (unsigned set = 0; set < PROBE_V6ONLY; set++)
		if (conflict_may(findings, newcomer, set | newcomer->set, uid, NULL) == MAY) {
			cures->as = uid;
			cures->as_set = set;
			return true;
		}
	return false;
}

static void find_user(const struct findings *findings, const struct newcomer *newcomer,
    bool privileged, struct cures *cures)
{
	if (privileged) {
		try_user(findings, newcomer, 0, cures);
		return;
	}
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (holder->uid >= 0 && holder->uid != newcomer->uid &&
		    conflict_blocks(newcomer, holder) &&
		    try_user(findings, newcomer, holder->uid, cures)) {
			cures->as_may = true;
			return;
		}
	}
}

/* What of the findings goes when all processes in the way are stopped: gone[]; with `later` the closed
 * connections too. */
static void mark_gone(
    const struct findings *findings, const struct newcomer *newcomer, bool later, bool gone[])
{
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		const bool blocks = conflict_blocks(newcomer, holder);
		const bool goes = holder->owner_count > 0 || (holder->inode && holder->place) ||
				  findings->roles[i] == ROLE_PENDING;
		gone[i] = blocks && (is_closed(findings, i) ? later : goes);
	}
}

static void find_wait(
    const struct findings *findings, const struct newcomer *newcomer, struct cures *cures)
{
	bool unknown = false, others = false;

	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (!conflict_blocks(newcomer, holder))
			continue;
		if (!is_closed(findings, i)) {
			others = true;
			continue;
		}
		const int64_t left = holder->left_ms > holder->most_ms || !holder->probing
					 ? holder->left_ms
					 : holder->most_ms;
		cures->closed = true;
		unknown |= left < 0;
		if (left > cures->wait_ms)
			cures->wait_ms = left;
	}
	cures->only_closed = cures->closed && !others;
	if (unknown)
		cures->wait_ms = -1;
}

/* Who is to be stopped, and whether that helps. */
static void find_stops(
    const struct findings *findings, const struct newcomer *newcomer, struct cures *cures)
{
	bool *gone = calloc(findings->holders.count + 1, sizeof *gone);

	if (!gone)
		return;
	mark_gone(findings, newcomer, true, gone);
	cures->stop_helps =
	    conflict_may(findings, newcomer, newcomer->set, newcomer->uid, gone) == MAY;
	for (size_t i = 0; i < findings->holders.count && cures->stop_helps; i++)
		if (conflict_blocks(newcomer, &findings->holders.list[i]) &&
		    !is_closed(findings, i) && findings->roles[i] != ROLE_PENDING &&
		    stop_add(findings, i, cures->stops, &cures->stop_count) < 0) {
			cures->unnamed = true;
			cures->stop_helps = false;
		}
	for (size_t i = 0; i < cures->stop_count; i++)
		if (!*cures->stops[i].command)
			cures->unnamed = true;
	free(gone);
}

/* Whether an interface that nobody in the way is bound to could be had. */
static bool find_device(const struct findings *findings, const struct newcomer *newcomer)
{
	struct newcomer other = *newcomer;

	if (newcomer->device)
		return false;
	other.device = ~0U;
	return conflict_may(findings, &other, newcomer->set, newcomer->uid, NULL) == MAY;
}

static unsigned find_port(const struct newcomer *newcomer)
{
	const unsigned port = addr_port(&newcomer->local);
	union addr local = newcomer->local;
	struct fault fault;

	for (unsigned i = 1; i <= PORTS_TRIED && port + i < 65536; i++) {
		addr_set_port(&local, port + i);
		if (probe_bind(&local, newcomer->udp, newcomer->set, &fault) == 0)
			return port + i;
	}
	return 0;
}

void cures_find(const struct findings *findings, const struct newcomer *newcomer,
    const struct bindtest *test, bool privileged, bool bind, struct cures *cures)
{
	const struct outcome *outcome = &test->outcomes[PROBE_NONE];
	const bool refused = outcome->fault.at != CALL_NONE || outcome->basis == BASIS_UNKNOWN;

	*cures = (struct cures){.set = first_set(test), .as = -1, .wait_ms = -1};
	if (!refused || addr_port(&newcomer->local) == 0)
		return;
	if (cures->set < 0 && rule_here() == RULE_LINUX)
		find_user(findings, newcomer, privileged, cures);
	for (size_t i = 0; i < findings->holders.count; i++)
		cures->reserve |= findings->roles[i] == ROLE_EPHEMERAL &&
				  conflict_blocks(newcomer, &findings->holders.list[i]);
	if (outcome->fault.at == CALL_NONE || outcome->fault.error == EADDRINUSE) {
		for (unsigned set = PROBE_ADDR; set <= PROBE_PORT && !cures->both; set++)
			if (cures->set < 0 && rule_here() == RULE_LINUX &&
			    conflict_may_both(findings, newcomer, set) == MAY)
				cures->both = (int)set;
		find_wait(findings, newcomer, cures);
		find_stops(findings, newcomer, cures);
		cures->device = rule_here() == RULE_LINUX && find_device(findings, newcomer);
		if (bind)
			cures->next_port = find_port(newcomer);
	}
}
