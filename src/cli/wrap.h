/* Text of any length in lines that fit the terminal, or 80 columns. */
#ifndef REUSE_CLI_WRAP_H
#define REUSE_CLI_WRAP_H

#include <stddef.h>

/* text[0..len) from column `indent` on, broken between words before the last column; the first
 * line is begun already, the last one is ended. */
void wrap_text(const char *text, size_t len, int indent);

/* The same for a part of a line, which is begun up to `column` and not ended: further lines begin at `indent`. Returns the
 * column that it ends before. */
int wrap_words(int column, const char *text, size_t len, int indent);

#endif
