/* Does a cause hold on this machine? Asked where that is possible. */
#ifndef REUSE_DIAGNOSIS_CAUSES_H
#define REUSE_DIAGNOSIS_CAUSES_H

#include "os/facts.h"
#include "tcp/addr.h"
#include "words/errors.h"

enum { CAUSE_SAID = 200, CAUSE_CURE = 400 };

/* What a call was about; each may be missing. */
struct subject {
	const union addr *local, *peer;
	bool udp;
	enum tcp_call call; /* CALL_NONE: bind */
	bool bind;          /* whether binds may be made to find out */
	bool refused;       /* it said that errno in this run */
	/* the one that is asked about: cause_holds and cause_cure set it */
	const struct cause *cause;
	/* The very socket that was refused, where it could be looked at. */
	bool seen, bound, v6only;
};

/* Asks this machine. `said`: what was read or tried; "" where nothing was. */
enum fact cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID]);

/* What helps against a cause that holds of `subject`, whose local address is known: a clause without full
 * stop; "" where nothing is known to. */
void cause_cure(const struct cause *cause, const struct subject *subject, char text[CAUSE_CURE]);

/* The first port that everybody may bind. */
unsigned cause_first_port(void);

/* Whether every port of the range that the kernel picks from is reserved. */
bool cause_all_reserved(void);

#endif
