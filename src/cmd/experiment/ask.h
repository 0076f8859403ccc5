/* Predictions: a person is asked before it is revealed. */
#ifndef REUSE_CMD_EXPERIMENT_ASK_H
#define REUSE_CMD_EXPERIMENT_ASK_H

#include "cmd/experiment/view.h"

/* Whether there is a terminal to ask on. */
bool ask_possible(void);

/* Asks, and waits for the answer. Returns it, from 0; or -1: none was given. At the end of the input
 * show->asking becomes false; stop_wanted() tells of an interruption. */
int ask_question(struct show *show, const struct question *question);

/* Says whether it was right. */
void ask_reveal(struct show *show, const struct question *question, int answer);

#endif
