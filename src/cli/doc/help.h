/* What a command says of itself, printed from its struct command. */
#ifndef REUSE_CLI_DOC_HELP_H
#define REUSE_CLI_DOC_HELP_H

#include "cli/command.h"

/* "usage: reuse NAME ...", summary, options, examples; on stdout. */
void doc_help(const struct command *command);

/* "usage: ...", its own options and where the rest stands: 24 lines of 80 columns at most. */
void doc_brief(const struct command *command);

/* All of it as an event: {"event":"help","command":...}. */
void doc_json(const struct command *command);

/* What the program is for, and its commands; on stdout. */
void doc_overview(void);

/* The manual page of `command`, NULL: of the program, in man(7) macros; on stdout. */
void doc_man(const struct command *command);

/* What completes the words of the command `only`, NULL: of all commands, in each shell; on stdout. */
void doc_bash(const struct command *only);
void doc_zsh(const struct command *only);
void doc_fish(const struct command *only);

#endif
