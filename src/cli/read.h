/* How each command reads its words. */
#ifndef REUSE_CLI_READ_H
#define REUSE_CLI_READ_H

#include "cli/command.h"

/* Prints the help of `command`, or its JSON event. Returns an enum status. */
int command_help(const struct command *command);

/* Reads all words of `command` into the struct at `into`, which begins with a struct common. Returns
 * whether there is more to do; where not, help was asked for and printed, or what `read` returned was not
 * STATUS_OK, or an option was malformed: `*status` is what to return. */
bool command_words(
    const struct command *command, struct common *into, int argc, char **argv, int *status);

#endif
