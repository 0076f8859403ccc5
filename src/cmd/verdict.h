/* Why a bind is refused and what would change it, in sentences. Asks no kernel: it is given what was
 * found and what was tried. */
#ifndef REUSE_CMD_VERDICT_H
#define REUSE_CMD_VERDICT_H

#include "cmd/holding.h"
#include "tcp/probe.h"
#include "tcp/rule.h"

enum { VERDICT_MOST = 8, VERDICT_TEXT = 640 };

struct sentence {
	char text[VERDICT_TEXT];
	bool observed; /* else inferred */
};

struct verdict {
	struct sentence sentences[VERDICT_MOST];
	size_t count;
};

/* What is known. */
struct verdict_case {
	const struct holding *holding; /* all of the port; NULL: this system does not tell */
	const struct probe *probe;     /* one address */
	enum rule_system system;
	long uid; /* the caller's effective one */
};

void verdict_make(const struct verdict_case *known, struct verdict *verdict);

/* Whether the holder is at an address that overlaps with `local`. */
bool verdict_overlaps(
    enum rule_system system, const struct holder *holder, const union addr *local);

#endif
