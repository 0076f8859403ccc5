/* What is in the way of a bind: the sockets on its port, as the documented rule sees them. Asks no
 * kernel. */
#ifndef REUSE_DIAGNOSIS_CONFLICT_H
#define REUSE_DIAGNOSIS_CONFLICT_H

#include "diagnosis/findings.h"
#include "tcp/probe.h"
#include "tcp/rule.h"

/* A bind that was tried, and what is known of its port. */
struct attempt {
	const struct holding *holding; /* all of the port; NULL: this system does not tell */
	const struct probe *probe;     /* one address */
	enum rule_system system;
	long uid; /* the caller's effective one */
};

/* One look at the holders. Begin with the attempt and its holders. */
struct obstacles {
	const struct attempt *attempt;
	const struct holder *list;
	size_t count;
	unsigned unknown;  /* the set of those whose options were not read, as far as inferred */
	bool inferred;     /* whether it is the only one that agrees with what was tried */
	unsigned possible; /* all options that are in one that agrees */
	size_t unread;     /* how many in the way they are */
	bool later;        /* as if the remnants had gone: they go by themselves */
};

/* Whether the holder is at an address that overlaps with `local`. */
bool obstacle_overlaps(
    enum rule_system system, const struct holder *holder, const union addr *local);

/* Whether the holder is in the way of a bind without options. */
bool obstacle_blocks(const struct obstacles *obstacles, const struct holder *holder);

/* What was tried tells which options those have that could not be read: fills in `unknown`, `inferred`,
 * `possible` and `unread`. */
void obstacles_infer(struct obstacles *obstacles);

/* Whether the rule would let a socket of `uid` with `set` bind if all of them set it too, as far as they
 * have a process that can. */
bool obstacles_yield(const struct obstacles *obstacles, unsigned set, long uid);

/* Whether the holder is in the way and would have to set something of `set`. */
bool obstacle_lacks(const struct obstacles *obstacles, const struct holder *holder, unsigned set);

/* Whether the holder may have all of `set`, for all that was seen and tried. */
bool obstacle_may_have(
    const struct obstacles *obstacles, const struct holder *holder, unsigned set);

#endif
