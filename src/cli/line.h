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

/* What a text is made fit for, and where it stands. */
struct fit {
	bool coloured; /* its colours stay */
	bool goes_on;  /* it completes a row that is shown already */
	size_t width;  /* in columns; 0: of no terminal */
	size_t column; /* where the text begins, and then where it ends */
};

/* Adds `text` to `into`: each byte of a control character, or of what is no UTF-8, as \xNN. With a width it
 * goes on in a new line at a blank where a word would reach beyond, indented by two more. */
void line_fit(struct line *into, const struct line *text, struct fit *fit);

/* The columns of the terminal `fd`; 0: it is none, or was never told its size. */
size_t line_columns(int fd);

#endif
