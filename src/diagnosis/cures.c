#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "diagnosis/causes.h"
#include "diagnosis/cures.h"
#include "diagnosis/stop.h"
#include "os/tunable.h"

enum {
	PORTS_TRIED = 12,
	TIME_WAIT_MS = 60000,  /* TCP_TIMEWAIT_LEN */
	FROM_LOW_PORTS = 8000, /* 80 is 8080 where one may not have it */
	USERS_ASKED = 16,      /* whose sockets are in the way: others are not tried */
};

/* Whether no process has it, and none will: it goes by itself, or is ended. */
static bool is_closed(const struct findings *findings, size_t i)
{
	return role_is_remnant(findings->roles[i]) || findings->roles[i] == ROLE_ORPHAN;
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
static bool derive_user(
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

/* The same tried with SO_REUSEPORT, which is what a user matters for. Let in by the rule it leaves no harmful
 * mark. */
static bool try_user(
    const struct findings *findings, const struct newcomer *newcomer, long uid, struct cures *cures)
{
	const unsigned set = PROBE_PORT | newcomer->set;
	struct fault fault;

	if (geteuid() != 0 || conflict_may(findings, newcomer, set, uid, NULL) != MAY_OR_NOT ||
	    probe_bind_as(uid, &newcomer->local, newcomer->udp, set, &fault) < 0)
		return false;
	cures->as = uid;
	cures->as_set = PROBE_PORT;
	return true;
}

/* Whether this user was not asked about yet; one of too many counts as asked. */
static bool is_new_user(long uid, long asked[USERS_ASKED], size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (asked[i] == uid)
			return false;
	if (*count == USERS_ASKED)
		return false;
	asked[(*count)++] = uid;
	return true;
}

/* Of an ordinary user a port that is not everybody's is no business. */
static void find_user(const struct findings *findings, const struct newcomer *newcomer,
    bool privileged, bool bind, struct cures *cures)
{
	const bool low = addr_port(&newcomer->local) < cause_first_port();
	long asked[USERS_ASKED];
	size_t count = 0;

	if (privileged && newcomer->uid != 0) {
		if (facts_could_bind_low() != FACT_NO)
			derive_user(findings, newcomer, 0, cures);
		return;
	}
	for (size_t i = 0; i < findings->holders.count && !privileged; i++) {
		const long uid = findings->holders.list[i].uid;
		if (uid < 0 || uid == newcomer->uid || (low && uid != 0) ||
		    !conflict_blocks(newcomer, &findings->holders.list[i]) ||
		    !is_new_user(uid, asked, &count))
			continue;
		if (derive_user(findings, newcomer, uid, cures) ||
		    (bind && newcomer->refused.at == CALL_NONE &&
			try_user(findings, newcomer, uid, cures)))
			return;
	}
}

/* What of the findings goes when all processes in the way are stopped, at once or later: gone[]. */
static void mark_gone(const struct findings *findings, const struct newcomer *newcomer, bool gone[])
{
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		const bool blocks = conflict_blocks(newcomer, holder);
		const bool goes = holder->owner_count > 0 || (holder->inode && holder->place) ||
				  findings->roles[i] == ROLE_PENDING;
		gone[i] = blocks && (is_closed(findings, i) || goes);
	}
}

/* By how much the kernel may be late with the end of what lasts `left` ms still, or with that of its note. */
static int64_t late_of(const struct holder *holder, int64_t left)
{
	/* Each of the tries is late for itself: the last as much as all before it. */
	if (holder->trying)
		return 2 * tunable_late_ms(left);
	if (!holder->remnant)
		return 0;
	return tunable_late_ms(
	    holder->state == HOLDER_FIN_WAIT2
		? tunable_number("net.ipv4.tcp_fin_timeout", TIME_WAIT_MS / 1000) * 1000
		: TIME_WAIT_MS);
}

static void find_wait(
    const struct findings *findings, const struct newcomer *newcomer, struct cures *cures)
{
	bool unknown = false, others = false;
	size_t last = 0;

	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (!conflict_blocks(newcomer, holder))
			continue;
		if (!is_closed(findings, i)) {
			others = true;
			continue;
		}
		const int64_t left =
		    holder->left_ms > holder->most_ms ? holder->left_ms : holder->most_ms;
		cures->closed = true;
		cures->at_most |= holder->trying;
		cures->may_stay |= holder->trying && holder->state != HOLDER_LAST_ACK;
		cures->half_open |= holder->remnant && holder->state == HOLDER_FIN_WAIT2;
		unknown |= left < 0;
		if (left > cures->wait_ms) {
			cures->wait_ms = left;
			last = i;
		}
	}
	cures->only_closed = cures->closed && !others;
	if (unknown)
		cures->wait_ms = -1;
	if (cures->wait_ms >= 0)
		cures->late_ms = late_of(&findings->holders.list[last], cures->wait_ms);
}

/* Whether a connection that ends may leave one in TIME_WAIT. */
static bool leaves(const struct holder *holder)
{
	return !holder->udp && holder->owner_count > 0 &&
	       (holder->state == HOLDER_ESTABLISHED || holder->state == HOLDER_FIN_WAIT1 ||
		   holder->state == HOLDER_FIN_WAIT2 || holder->state == HOLDER_CLOSING);
}

/* With which of the two options the newcomer is let in beside the connections that a stopped process
 * leaves. */
static int find_beside_left(
    const struct findings *findings, const struct newcomer *newcomer, bool gone[])
{
	for (size_t i = 0; i < findings->holders.count; i++)
		gone[i] = conflict_blocks(newcomer, &findings->holders.list[i]) &&
			  !is_closed(findings, i) && !leaves(&findings->holders.list[i]);
	for (unsigned set = PROBE_ADDR; set <= PROBE_PORT; set++)
		if (conflict_may(findings, newcomer, set | newcomer->set, newcomer->uid, gone) ==
		    MAY)
			return (int)set;
	return 0;
}

/* Who is to be stopped, and whether that helps. */
static void find_stops(
    const struct findings *findings, const struct newcomer *newcomer, long uid, struct cures *cures)
{
	bool *gone = calloc(findings->holders.count + 1, sizeof *gone);
	struct findings listed = *findings;

	if (!gone)
		return;
	mark_gone(findings, newcomer, gone);
	/* Where not all are listed, those of processes were found by their descriptors. */
	listed.holders.bound_error = 0;
	cures->stop_helps = conflict_may(&listed, newcomer, newcomer->set, uid, gone) == MAY;
	cures->stop_unsure = !conflict_complete(findings);
	for (size_t i = 0; i < findings->holders.count && cures->stop_helps; i++) {
		if (!conflict_blocks(newcomer, &findings->holders.list[i]) ||
		    is_closed(findings, i) || findings->roles[i] == ROLE_PENDING)
			continue;
		cures->leaves |= leaves(&findings->holders.list[i]);
		const bool others =
		    holder_has_others(&findings->holders, &findings->holders.list[i]);
		cures->stop_others |= others;
		if ((others && !holders_shown_all(&findings->holders)) ||
		    stop_add(findings, i, cures->stops, &cures->stop_count) < 0) {
			cures->unnamed = true;
			cures->stop_helps = false;
		}
	}
	for (size_t i = 0; i < cures->stop_count; i++)
		if (!*cures->stops[i].command)
			cures->unnamed = true;
	if (cures->leaves)
		cures->beside_left = find_beside_left(findings, newcomer, gone);
	free(gone);
}

/* Whether an interface that nobody in the way is bound to could be had. */
static bool find_device(const struct findings *findings, const struct newcomer *newcomer)
{
	struct newcomer other = *newcomer;
	bool bound = false;

	for (size_t i = 0; i < findings->holders.count && !bound; i++)
		bound = conflict_blocks(newcomer, &findings->holders.list[i]);
	if (newcomer->device || !bound)
		return false;
	other.device = ~0U;
	return conflict_may(findings, &other, newcomer->set, newcomer->uid, NULL) == MAY;
}

/* A port that is free, near by; for one who lacks a privilege among those for everybody. */
static void find_port(const struct newcomer *newcomer, bool privileged, struct cures *cures)
{
	const unsigned asked = addr_port(&newcomer->local);
	const unsigned port = privileged ? asked + FROM_LOW_PORTS - 1 : asked;
	union addr local = newcomer->local;
	struct fault fault;

	for (unsigned i = 1; i <= PORTS_TRIED && port + i < 65536; i++) {
		addr_set_port(&local, port + i);
		cures->last_tried = port + i;
		if (probe_bind(&local, newcomer->udp, newcomer->set, &fault) == 0) {
			cures->next_port = port + i;
			return;
		}
	}
}

void cures_find(const struct findings *findings, const struct newcomer *newcomer,
    const struct bindtest *test, bool privileged, bool bind, struct cures *cures)
{
	const struct outcome *outcome = &test->outcomes[PROBE_NONE];
	const bool refused = outcome->fault.at != CALL_NONE || outcome->basis == BASIS_UNKNOWN;
	const bool shared = outcome->fault.at == CALL_NONE || outcome->fault.error == EADDRINUSE;
	const bool on_linux = rule_here() == RULE_LINUX;

	*cures = (struct cures){.set = first_set(test), .as = -1, .wait_ms = -1};
	if (!refused || addr_port(&newcomer->local) == 0)
		return;
	if (cures->set < 0 && on_linux)
		find_user(findings, newcomer, privileged, bind, cures);
	for (size_t i = 0; i < findings->holders.count; i++)
		cures->reserve |=
		    (findings->roles[i] == ROLE_EPHEMERAL || findings->roles[i] == ROLE_SPENT) &&
		    conflict_blocks(newcomer, &findings->holders.list[i]);
	if (shared || privileged) {
		for (unsigned set = PROBE_ADDR; set <= PROBE_PORT && !cures->both; set++)
			if (cures->set < 0 && on_linux && shared &&
			    test->outcomes[set].basis != BASIS_UNKNOWN &&
			    conflict_may_both(findings, newcomer, set) == MAY)
				cures->both = (int)set;
		find_wait(findings, newcomer, cures);
		find_stops(findings, newcomer, privileged ? 0 : newcomer->uid, cures);
		cures->device = on_linux && shared && find_device(findings, newcomer);
		if (bind)
			find_port(newcomer, privileged, cures);
	} else {
		find_stops(findings, newcomer, newcomer->uid, cures);
	}
}
