#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cli/text.h"
#include "cli/writer.h"

static const char *command;

void say_name(const char *name)
{
	command = name;
}

const char *say_command(void)
{
	return command;
}

void say(const char *format, ...)
{
	char line[1024], fit[2048];
	const int n = snprintf(line, sizeof line, command ? "reuse %s: " : "reuse: ", command);
	va_list args;

	va_start(args, format);
	const int more = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
	va_end(args);
	if (more < 0)
		return;
	text_escape(fit, sizeof fit - 1, line, strlen(line));
	const size_t len = strlen(fit);
	fit[len] = '\n';
	writer_put(WRITER_ERR, fit, len + 1);
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
