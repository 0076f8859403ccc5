/* Words to be pasted into a shell. */
#ifndef REUSE_OS_SHELL_H
#define REUSE_OS_SHELL_H

#include <stdbool.h>
#include <stddef.h>

/* Adds a blank and `word` as the shell reads it back: in single quotes where it is not plain. False where there is no
 * room for all of it: the text is as before. */
bool shell_add(char *text, size_t size, const char *word);

#endif
