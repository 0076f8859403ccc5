/* The words of one step. For step.c alone; see step.h. */
#ifndef REUSE_WORDS_SCRIPT_WORDS_H
#define REUSE_WORDS_SCRIPT_WORDS_H

#include "words/script.h"

/* Reads `words`, which it cuts up, as the next step of `script`, into `step`, `line` (whose text has room
 * for all of them) and the names of the script. Returns 0, or -1 with the complaint in `why`. */
int script_words(struct script *script, char *words, struct step *step, struct script_line *line,
    char why[SCRIPT_WHY]);

#endif
