#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/line.h"
#include "cli/text.h"

/* Makes room for `more` bytes, and a NUL. */
static bool line_grow(struct line *line, size_t more)
{
	const size_t need = line->len + more + 1;

	if (!line->bytes) {
		line->bytes = line->first;
		line->room = sizeof line->first;
	}
	if (need <= line->room)
		return true;
	char *bytes = realloc(line->bytes == line->first ? NULL : line->bytes, 2 * need);
	if (!bytes)
		return false;
	if (line->bytes == line->first)
		memcpy(bytes, line->first, line->len);
	line->bytes = bytes;
	line->room = 2 * need;
	return true;
}

void line_bytes(struct line *line, const char *bytes, size_t len)
{
	if (len == 0 || !line_grow(line, len))
		return;
	memcpy(line->bytes + line->len, bytes, len);
	line->len += len;
}

void line_format(struct line *line, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	const int n = vsnprintf(NULL, 0, format, args);
	if (n > 0 && line_grow(line, (size_t)n)) {
		vsnprintf(line->bytes + line->len, (size_t)n + 1, format, again);
		line->len += (size_t)n;
	}
	va_end(again);
}

/* How long the colour at the start of s[0..len) is: ESC [ digits m, as out_paint writes it; 0: none. */
static size_t colour_at(const char *s, size_t len)
{
	size_t n = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n < len && s[n] == 'm' ? n + 1 : 0;
}

/* A run of blanks, where a line may be broken. */
struct blanks {
	bool there;
	size_t begin;  /* its first byte, or a colour before it */
	size_t last;   /* its last byte */
	size_t column; /* of the last byte */
};

/* Breaks `line` at `blanks`. Returns the column where it now ends, which was `column`. */
static size_t break_line(
    struct line *line, const struct blanks *blanks, size_t indent, size_t column)
{
	const size_t rest = line->len - blanks->last - 1;
	size_t end = blanks->begin;

	if (!line_grow(line, indent))
		return column;
	/* The blanks become a newline and the indent; colours between them stay before it. */
	for (size_t at = blanks->begin; at < blanks->last; at++)
		if (line->bytes[at] != ' ')
			line->bytes[end++] = line->bytes[at];
	memmove(line->bytes + end + 1 + indent, line->bytes + blanks->last + 1, rest);
	line->bytes[end] = '\n';
	memset(line->bytes + end + 1, ' ', indent);
	line->len = end + 1 + indent + rest;
	return indent + column - blanks->column - 1;
}

/* Takes `most` of the `count` blanks at `at` away, or all. Returns how many. */
static size_t take_blanks(struct line *line, size_t at, size_t count, size_t most)
{
	const size_t n = most < count ? most : count;

	memmove(line->bytes + at, line->bytes + at + n, line->len - at - n);
	line->len -= n;
	return n;
}

void line_fit(struct line *into, const struct line *text, struct fit *fit)
{
	struct blanks blanks = {.there = false};
	const size_t width = fit->width;
	size_t column = fit->column, indent = 0, word_end = into->len;
	size_t margin_at = 0, margin = 0; /* the blanks before the first word of this row */
	bool words = fit->goes_on;

	for (size_t at = 0, n; at < text->len; at += n) {
		const char *const s = text->bytes + at;
		n = fit->coloured ? colour_at(s, text->len - at) : 0;
		if (n > 0) {
			line_bytes(into, s, n);
			continue;
		}
		n = text_character(s, text->len - at);
		if (n == 0 || text_control(s, n)) {
			char escaped[16];
			n = n ? n : 1;
			text_escape(escaped, sizeof escaped, s, n);
			line_bytes(into, escaped, strlen(escaped));
			column += strlen(escaped);
			words = true;
		} else {
			if (*s == ' ' && words)
				blanks = (struct blanks){true, word_end, into->len, column};
			if (*s == ' ' && !words) {
				if (into->len != margin_at + margin) {
					margin_at = into->len;
					margin = 0;
				}
				margin++;
				indent++;
			}
			words |= *s != ' ';
			line_bytes(into, s, n);
			column++;
		}
		if (into->len == 0 || into->bytes[into->len - 1] == ' ')
			continue;
		if (width > 0 && column > width && blanks.there) {
			const size_t deeper = indent + 2 < width / 2 ? indent + 2 : 2;
			const size_t rest = into->len - blanks.last - 1, before = column;
			column = break_line(into, &blanks, deeper, column);
			blanks.there = false;
			margin = column < before ? deeper : 0;
			margin_at = into->len - rest - margin;
		}
		/* A word that fits the row, and does not behind its margin. */
		if (width > 0 && column > width && !blanks.there) {
			const size_t taken = take_blanks(into, margin_at, margin, column - width);
			margin -= taken;
			column -= taken;
		}
		word_end = into->len;
	}
	fit->column = column;
}

size_t line_columns(int fd)
{
	struct winsize size;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
