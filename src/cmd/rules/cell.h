/* One cell of the tables of `rules`: what the documented rule says, and what this kernel does. */
#ifndef REUSE_CMD_RULES_CELL_H
#define REUSE_CMD_RULES_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/rules/answer.h"

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
