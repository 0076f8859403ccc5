/* The two options of sharing, and the four sets of them. */
#ifndef REUSE_TCP_SHARE_H
#define REUSE_TCP_SHARE_H

#include "tcp/option.h"

enum { SHARE_BOTH = 2, SHARE_SETS = 4 };

/* SO_REUSEADDR and SO_REUSEPORT, on. */
extern const struct setting share_both[SHARE_BOTH];

/* In the order of PROBE_NONE to PROBE_BOTH (tcp/probe.h): none, the one, the other, both. */
extern const struct share_set {
	const char *name;  /* "-", "A", "P", "AP" */
	const char *words; /* behind a step's bind: " reuseaddr", each with a space before it */
} share_sets[SHARE_SETS];

#endif
