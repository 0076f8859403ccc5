/* What `rules` shows of its cells, as text or JSON. */
#ifndef REUSE_CMD_RULES_VIEW_H
#define REUSE_CMD_RULES_VIEW_H

#include "cmd/rules/tables.h"

struct rules_result {
	const struct cell *cells; /* CELLS of them */
	const char *file;         /* that they are compared with; NULL: with the rule */
	size_t measured, differ;
	bool interrupted; /* then the summary alone is shown */
};

void rules_view(const struct rules_result *result);

#endif
