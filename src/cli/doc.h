/* What a command says of itself, printed from its struct command. */
#ifndef REUSE_CLI_DOC_H
#define REUSE_CLI_DOC_H

#include "command.h"

/* "usage: reuse NAME ...", summary, options, examples; on stdout. */
void doc_help(const struct command *command);

/* What the program is for, and its commands; on stdout. */
void doc_overview(void);

#endif
