/* The names of a script's sockets. For step.c and step_words.c alone; see step.h. */
#ifndef REUSE_CMD_STEP_NAME_H
#define REUSE_CMD_STEP_NAME_H

#include "cmd/step.h"

/* The entry of a name, made where there is none; NULL without memory. */
struct script_name *step_name(struct script *script, const char *word);

/* Forgets the names of a script. */
void step_forget_names(struct script *script);

#endif
