#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/line.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/writer.h"

static const char *command;
static void (*before_each)(void);

void say_name(const char *name)
{
	command = name;
}

const char *say_command(void)
{
	return command;
}

void say_after(void clear(void))
{
	before_each = clear;
}

void say_text(const char *text)
{
	static struct line line, shown;
	struct fit fit = {.width = line_columns(STDERR_FILENO)};

	if (before_each)
		before_each();
	line_bytes(&line, text, strlen(text));
	line_fit(&shown, &line, &fit);
	line_bytes(&shown, "\n", 1);
	writer_put(WRITER_ERR, shown.bytes, shown.len);
	line.len = shown.len = 0;
}

void say(const char *format, ...)
{
	char text[1024];
	const int n = snprintf(text, sizeof text, command ? "reuse %s: " : "reuse: ", command);
	va_list args;

	va_start(args, format);
	const int more = vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	va_end(args);
	if (more >= 0)
		say_text(text);
}

const char *say_quote_into(char into[SAY_QUOTE], const char *word)
{
	const size_t len = strlen(word);

	into[0] = '\'';
	/* Room is kept for "...'" and the NUL. */
	const size_t taken = text_escape(into + 1, SAY_QUOTE - 5, word, len);
	const size_t n = strlen(into);
	snprintf(into + n, SAY_QUOTE - n, taken < len ? "...'" : "'");
	return into;
}

const char *say_quote(const char *word)
{
	static char room[2][SAY_QUOTE];
	static int next;

	next = !next;
	return say_quote_into(room[next], word);
}
