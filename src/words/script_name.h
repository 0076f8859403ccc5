/* The names of a script's sockets. For step.c and script_words.c alone; see step.h. */
#ifndef REUSE_WORDS_SCRIPT_NAME_H
#define REUSE_WORDS_SCRIPT_NAME_H

#include "words/script.h"

/* The entry of a name, made where there is none; NULL without memory. */
struct script_name *script_name(struct script *script, const char *word);

/* Forgets the names of a script. */
void step_forget_names(struct script *script);

#endif
