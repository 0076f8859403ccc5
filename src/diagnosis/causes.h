/* Does a cause hold on this machine? Asked where that is possible. */
#ifndef REUSE_DIAGNOSIS_CAUSES_H
#define REUSE_DIAGNOSIS_CAUSES_H

#include "os/facts.h"
#include "tcp/addr.h"
#include "words/errors.h"

enum { CAUSE_SAID = 200 };

/* What a call was about; each may be missing. */
struct subject {
	const union addr *local, *peer;
	bool udp;
	bool bind; /* whether binds may be made to find out */
};

/* Asks this machine. `said`: what was read or tried; "" where nothing was. */
enum fact cause_holds(
    const struct cause *cause, const struct subject *subject, char said[CAUSE_SAID]);

/* What helps against what the check found; a clause without full stop. NULL: nothing is known to. */
const char *cause_cure(enum errors_check check);

#endif
