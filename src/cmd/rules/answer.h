/* What a cell of `rules` says: of the rule, or of what was observed. */
#ifndef REUSE_CMD_RULES_ANSWER_H
#define REUSE_CMD_RULES_ANSWER_H

#include <stdbool.h>

#include "tcp/fault.h"

enum cell_word {
	CELL_OK,
	CELL_NO,
	CELL_UID, /* ok, where one user made both */
	CELL_OVERLAP,
	CELL_APART,
	CELL_REFUSED,      /* the call and its errno: `fault` */
	CELL_COUNT,        /* connections: `least`, and up to `most` where chance decides */
	CELL_UNDOCUMENTED, /* of the rule alone */

	/* Not measured, and what it would have taken. */
	CELL_NEEDS_SETUID,
	CELL_NEEDS_PORTS,
	CELL_NEEDS_TIME,
	CELL_HINDERED, /* by a refusal that has nothing to do with the question: `fault` */
};

struct cell_answer {
	enum cell_word word;
	struct fault fault;
	int least, most;
};

enum { CELL_TEXT = 96 };

/* Whether it was measured. */
bool cell_answer_known(const struct cell_answer *answer);

bool cell_answer_same(const struct cell_answer *one, const struct cell_answer *other);

/* "ok", "bind:EADDRINUSE", "10 to 20", "-", "not measured (WHY)". Returns `text`. */
const char *cell_answer_text(const struct cell_answer *answer, char text[CELL_TEXT]);

#endif
