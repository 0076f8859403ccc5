/* What Linux remembers of a port (struct inet_bind_bucket): who was let in last, by which the next one is
 * let in without a look at those who hold the port. Pure, as the rule. */
#ifndef REUSE_TCP_BUCKET_H
#define REUSE_TCP_BUCKET_H

#include "tcp/facts.h"
#include "tcp/rule.h"

struct bucket {
	bool fast_addr; /* fastreuse: who has SO_REUSEADDR and does not listen is let in */
	enum { BUCKET_NONE, BUCKET_STRICT, BUCKET_ANY } fast_port; /* fastreuseport */
	struct rule_socket last; /* its uid and address, unless BUCKET_NONE */
};

/* Whether it lets the newcomer in without asking the rule. */
bool bucket_admits(
    const struct facts *facts, const struct bucket *bucket, const struct rule_socket *newcomer);

/* Remembers one that was let in; `first`: nobody held the port. */
void bucket_note(const struct facts *facts, struct bucket *bucket,
    const struct rule_socket *newcomer, bool first);

#endif
