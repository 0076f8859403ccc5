/* A line that is put together, and made fit for whoever reads it. */
#ifndef REUSE_CLI_LINE_H
#define REUSE_CLI_LINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Begin with {0}. Lives as long as the process: what it has on the heap is kept for the next line. */
struct line {
	char *bytes; /* `first`, or on the heap where that is too short */
	size_t len, room;
	char first[4096];
};

/* Add to the end. Without memory the rest of the line is left out. */
void line_bytes(struct line *line, const char *bytes, size_t len);
__attribute__((format(printf, 2, 0))) void line_format(
    struct line *line, const char *format, va_list args);

/* Adds `text` to `into`: each byte of a control character, or of what is no UTF-8, as \xNN; colours stay
 * where `coloured`. With a width above 0, in columns, it goes on in a new line at a blank where a word
 * would reach beyond, indented by two more; `column` is where the text begins. */
void line_fit(
    struct line *into, const struct line *text, bool coloured, size_t column, size_t width);

#endif
