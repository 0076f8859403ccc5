/* Plain words set for roff, on stdout: options bold, what stands for something else italic. */
#ifndef REUSE_CLI_DOC_ROFF_H
#define REUSE_CLI_DOC_ROFF_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/command.h"

/* text[0..len) with what roff takes for its own kept from it. `begins`: at the beginning of a
 * line. */
void roff_letters(const char *text, size_t len, bool begins);

/* text[0..len) as running text, with a newline behind. `command` (may be NULL) knows which words
 * stand for something else. `sentence`: it begins with a capital and ends with a full stop. */
void roff_text(const struct command *command, const char *text, size_t len, bool sentence);

/* text[0..len) line by line as it stands, without the page's indent where it needs its room. */
void roff_table(const char *text, size_t len);

#endif
