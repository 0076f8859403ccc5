/* --explain: socket calls and their results on stderr. */
#ifndef REUSE_WORDS_EXPLAIN_H
#define REUSE_WORDS_EXPLAIN_H

#include <stdbool.h>

/* From now on each call of tcp/call is a line on stderr, with `traffic` send, recv and poll too. */
void explain_calls(bool traffic);

#endif
