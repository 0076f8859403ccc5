/* What may stand in place of a word such as ADDR: what the completions offer there. */
#ifndef REUSE_CLI_DOC_HINT_H
#define REUSE_CLI_DOC_HINT_H

#include <stdbool.h>

#include "cli/command.h"

enum { HINT_TEXT = 1024 };

/* Words with a blank between: as they are to be typed, or what the completion finds out:
 * @ADDR a local address, @ADDR:PORT the same with a colon behind, @IF an interface, @USER a user,
 * @FILE a file, @LISTENING a port that listens, @PROGRAM a program of the PATH. "" where nothing can be offered. */
struct hint {
	char text[HINT_TEXT];
};

/* What the value of `row` may be. */
void hint_value(const struct opt *row, struct hint *hint);

/* What operand number `at` (from 0) of `command` may be. Returns the operand's name as help has it,
 * such as "ADDR", static; or NULL where there is no such operand. */
const char *hint_operand(const struct command *command, size_t at, struct hint *hint);

/* Whether text[0..len) stands for something else in the words of `command`: "ADDR", "N". */
bool hint_is_place(const struct command *command, const char *text, size_t len);

#endif
