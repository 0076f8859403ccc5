/* Which word was meant. */
#ifndef REUSE_CLI_SPELLING_H
#define REUSE_CLI_SPELLING_H

#include <stdbool.h>

/* How many letters must be put in, left out, changed or swapped with their neighbour to make
 * `b` of `a` (optimal string alignment). Words of more than 31 letters are far from everything. */
unsigned spelling_distance(const char *a, const char *b);

/* What may have been meant by `word`: the names that begin with it, else those at most two letters away,
 * one where the word has four letters or fewer. Begin with {.word = word}. */
struct spelling {
	const char *word;
	const char *before; /* what names are shown with; NULL: nothing */
	bool begins;
	char text[160]; /* ", did you mean 'listen' or 'limits'", or "" */
};

/* Adds the name to the text where it is near the word, or begins with it: then those that do are all that it has. */
void spelling_add(struct spelling *spelling, const char *name);

/* ", did you mean 'listen' or 'limits'?", or "" where no name is near. */
const char *spelling_text(struct spelling *spelling);

#endif
