/* What why shows of a port, and of those that several sockets share. */
#ifndef REUSE_CMD_WHY_VIEW_H
#define REUSE_CMD_WHY_VIEW_H

#include "diagnosis/findings.h"
#include "tcp/probe.h"
#include "tcp/rule.h"

/* What was found out about one port. */
struct answer {
	unsigned port; /* host order */
	struct holding holding;
	int error; /* why there is no holding; 0: there is */
	struct probe probes[2];
	size_t probe_count;
	enum rule_system system;
	char asked[ADDR_TEXT]; /* as in "reuse why ASKED" */
};

/* On a terminal, until the first line: with very many processes it takes seconds. */
void why_view_search(void);

/* Holders, probes, the verdict, and what could not be seen. */
void why_view_answer(const struct answer *answer);

/* Those of `holding`, in the order of their local addresses and ports, and what could not be seen. */
void why_view_shared(const struct holding *holding);

/* This system tells nothing of holders, or would not, with that errno. `port` 0: of any port. */
void why_view_untold(int error, unsigned port);

#endif
