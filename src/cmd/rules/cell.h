/* One cell of the tables of `rules`: what the documented rule says, and what this kernel does. */
#ifndef REUSE_CMD_RULES_CELL_H
#define REUSE_CMD_RULES_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/fault.h"

/* What a cell says: of the rule, or of what was observed. */
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

struct cell;
struct inquiry;

enum { CELL_STEPS = 64, CELL_STEP = 96 };

/* The steps that show a cell, as `try` reads them. */
struct cell_steps {
	char text[CELL_STEPS][CELL_STEP];
	size_t count;
};

/* One table. */
struct rules_table {
	const char *name;
	int states, rows, columns;

	/* Names row, column and state. */
	void (*label)(struct cell *cell);

	void (*write)(const struct cell *cell, struct cell_steps *into);
	size_t asks;  /* so many of the last steps ask; those before lead up to the question */
	bool goes_on; /* behind a refusal that answers, for the next step asks again */

	/* Whether a refusal answers. Any other tells of this machine, not of sharing. */
	bool (*answers)(const struct fault *fault);
	enum cell_word let, refused; /* the answer, where no step is refused, and where one is */

	/* Asks the kernel once. Returns as inquiry_run. */
	int (*measure)(struct cell *cell, struct inquiry *inquiry);
};

struct cell {
	const struct rules_table *table;
	int at_row, at_column, at_state;
	const char *row, *column;
	const char *head;  /* the column's, where there is little room */
	const char *state; /* in the table `bind`; else NULL */

	int64_t uid;         /* of the second socket in the table `bind`; or TRIAL_SAME_USER */
	unsigned first_port; /* of a range of ephemeral ports; 0: the system's own */

	struct cell_answer rule, observed;
	bool agrees; /* as what was not measured does */

	char there[CELL_TEXT]; /* what a saved file says was observed; "": nothing */
	bool there_known;      /* and whether it was measured there */
	bool differs;          /* from what it is compared with: the rule, or the file */
};

/* One step more. */
__attribute__((format(printf, 2, 3))) void cell_step(
    struct cell_steps *steps, const char *format, ...);

/* Those of a list that NULL ends; a * at the end of one stands for `words`. */
void cell_step_all(struct cell_steps *steps, const char *const list[], const char *words);

/* Answers that several tables share: EADDRINUSE, whoever says it; and from bind alone. */
bool cell_in_use(const struct fault *fault);
bool cell_bind_in_use(const struct fault *fault);

#endif
