/* What the completions of all shells have in common. */
#ifndef REUSE_CLI_DOC_SHELL_H
#define REUSE_CLI_DOC_SHELL_H

#include <stdbool.h>

#include "cli/command.h"

/* For awk, in single quotes: the addresses of this machine out of what `ip -o addr` or
 * `ifconfig -a` says, or of nothing: those of loopback are always there. */
extern const char shell_addresses[];

/* The same for the names of interfaces. */
extern const char shell_interfaces[];

/* Whether `command` is to be completed, where `only` (NULL: all) are. */
bool shell_wants(const struct command *only, const struct command *command);

/* Writes " -w --workers ..." to stdout: the options of `rows`; with `valued` only those that take a
 * value. */
void shell_options(const struct opt *rows, bool valued);

/* Writes text[0..) to stdout, with `mark` before each character that is one of `special`. */
void shell_escape(const char *text, const char *special, const char *mark);

#endif
