/* What is known of each system's rule, a row a fact: since which version, and from where. The rule, the
 * forecast and `reuse help systems` are made from these rows; it stands nowhere else. */
#ifndef REUSE_TCP_FACTS_H
#define REUSE_TCP_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/system.h"
#include "tcp/version.h"

enum rule_fact {
	FACT_ADDR,
	FACT_ADDR_NOT_LISTENING,
	FACT_PORT,
	FACT_PORT_ONE_USER,
	FACT_PORT_TIME_WAIT,
	FACT_WILDCARD,
	FACT_DUAL,
	FACT_MAPPED,
	FACT_CHILD,
	FACT_DEVICES,
	FACT_V6ONLY_BY_BIND,
	FACT_LISTEN_ASKS,
	FACT_MATCH,
	FACT_MATCH_USER,
	FACT_MATCH_WIDE,
	FACT_MATCH_MIXED,
	FACT_FORGET,
	FACT_KEEP,
	FACT_REPLACE,
	FACT_LISTEN_WRITES,
	FACT_BUCKET_ENDS,
	FACT_FIRST_MARKS,
	FACT_NARROW,
	FACT_WIDEN,
	FACT_MAPPED_STAYS,
	FACT_CHILD_OPTIONS,
	FACT_CHILD_LOSES_PORT,
	FACT_BOUND_KEEPS_PORT,
	FACT_QUEUE_USER,
	FACT_ACCEPT_USER,
	FACT_TIME_WAIT,
	FACT_RESET_ENDS,
	FACT_PAIR,
	FACT_TAKE_OVER,
	FACT_MAPPED_ANY_UNSEEN,
	FACT_NEWCOMER,
	FACT_EXACT_ONE_USER,
	FACT_OTHER_USER,
	FACT_OTHER_USER_CONNECTED,
	FACT_WIDE_ANY_USER,
	FACT_CONNECTED_YIELDS,
	FACT_CHILD_UNHELD,
	FACT_DUAL_AFTER_V4,
	FACTS,
};

struct fact_row {
	enum rule_system system;
	enum rule_fact fact;
	unsigned since, before; /* VERSION_OF; 0: from the first, for good */
	const char *text;       /* a sentence without its full stop */
	const char *source;     /* where it is read or measured */
};

/* All rows, system by system. */
extern const struct fact_row fact_rows[];
extern const size_t fact_row_count;

/* The rule of one kernel. */
struct facts {
	enum rule_system system;
	unsigned version; /* VERSION_OF; 0: not known, taken for the newest */
	uint64_t set;     /* bit F: enum rule_fact F holds */
	bool v6only;      /* sockets begin with IPV6_V6ONLY by the administrator's will */
	int64_t queue; /* connections that wait for one listener at most, likewise; 0: not known */
};

/* Of that version; 0: of the newest. */
struct facts facts_of(enum rule_system system, unsigned version);

/* Of the kernel at hand, asked once. */
const struct facts *facts_here(void);

static inline bool facts_have(const struct facts *facts, enum rule_fact fact)
{
	return facts->set >> fact & 1;
}

/* The same of the life of a socket, which is taken to be everywhere as on Linux. */
static inline bool facts_live_by(const struct facts *facts, enum rule_fact fact)
{
	return facts->system != RULE_LINUX || facts_have(facts, fact);
}

#endif
