/* How a command starts. */
#ifndef REUSE_WORDS_START_H
#define REUSE_WORDS_START_H

#include "cli/command.h"

/* Reads the words of `command` as command_words does; then --explain shows the calls, and with --json the
 * start event is out. Returns false where `*status` is all that is left to return. */
bool start_command(
    const struct command *command, struct common *into, int argc, char **argv, int *status);

/* stop_open, or -1 after a complaint. */
int start_stop(enum status early);

/* interim_open, or -1 after a complaint. */
int start_interim(void);

#endif
