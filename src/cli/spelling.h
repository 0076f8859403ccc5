/* Which word was meant. */
#ifndef REUSE_CLI_SPELLING_H
#define REUSE_CLI_SPELLING_H

/* How many letters must be put in, left out, changed or swapped with their neighbour to make
 * `b` of `a` (optimal string alignment). Words of more than 31 letters are far from everything. */
unsigned spelling_distance(const char *a, const char *b);

#endif
