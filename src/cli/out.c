#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/line.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/writer.h"
#include "clock.h"

enum {
	WIDTH_LEAST = 40,
	WIDTH_USUAL = 80,
	WIDTH_MOST = 120,
	STAMP_WIDTH = 20, /* "[1763800000.123456] " */
	STAMP = STAMP_WIDTH + 20,
	BUSY_FIRST_US = 500000,
	BUSY_NEXT_US = 200000,
};

static bool stamped, json, quiet, verbose, numeric;
static bool coloured, verbatim, begun;
static bool part_shown; /* of this line, */
static size_t part_end; /* to this column */
static size_t fleeting; /* columns of the line that stands only until the next; 0: none does */
static int64_t busy_us; /* when out_busy may speak, by clock_us; 0: never */
static struct timeval begun_at;
static bool measuring;
static size_t measured; /* lines */
static const char *(*errno_name)(int);

/* The line so far, and the same as it is shown. */
static struct line line, shown;

/* auto: on where CLICOLOR_FORCE is set and not 0, else on a terminal that can, where NO_COLOR is empty. */
static bool colours(enum common_color wanted)
{
	const char *force = getenv("CLICOLOR_FORCE");
	const char *off = getenv("NO_COLOR");

	switch (wanted) {
	case COMMON_COLOR_ALWAYS:
		return true;
	case COMMON_COLOR_NEVER:
		return false;
	case COMMON_COLOR_AUTO:
		break;
	}
	return (force && strcmp(force, "0") != 0) || (out_live() && !(off && *off));
}

void out_style(const struct common *common)
{
	stamped = common->stamp;
	json = common->json;
	quiet = common->quiet;
	verbose = common->verbose;
	numeric = common->numeric;
	coloured = !json && colours(common->color);
	busy_us = !json && out_live() ? clock_us() + BUSY_FIRST_US : 0;
}

void out_verbatim(void)
{
	verbatim = true;
	coloured = stamped = false;
}

bool out_json(void)
{
	return json;
}

bool out_quiet(void)
{
	return quiet;
}

bool out_verbose(void)
{
	return verbose;
}

bool out_numeric(void)
{
	return numeric;
}

const char *out_paint(enum out_colour colour)
{
	static const char *const sequences[] = {"\033[0m", "\033[32m", "\033[31m", "\033[33m",
	    "\033[35m", "\033[36m", "\033[1m", "\033[2m"};
	return coloured ? sequences[colour] : "";
}

int out_terminal(void)
{
	return measuring || isatty(STDOUT_FILENO);
}

void out_measure(void)
{
	measuring = true;
	measured = 0;
}

size_t out_measured(void)
{
	measuring = false;
	return measured;
}

bool out_live(void)
{
	const char *term = getenv("TERM");

	return out_terminal() && !(term && !strcmp(term, "dumb"));
}

int out_width(void)
{
	const int columns = (int)line_columns(STDOUT_FILENO);
	const int width = (columns ? columns : WIDTH_USUAL) - (stamped ? STAMP_WIDTH : 0);

	if (!out_terminal())
		return OUT_UNBOUNDED;
	return width < WIDTH_LEAST ? WIDTH_LEAST : width < WIDTH_MOST ? width : WIDTH_MOST;
}

void out_bytes(const char *bytes, size_t len)
{
	line_bytes(&line, bytes, len);
}

void out_add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_format(&line, format, args);
	va_end(args);
}

static void write_out(struct line *what)
{
	if (what->len > 0)
		writer_put(WRITER_OUT, what->bytes, what->len);
	what->len = 0;
}

void out_newline(void)
{
	out_bytes("\n", 1);
	write_out(&line);
}

static void begin(void)
{
	if (!begun)
		gettimeofday(&begun_at, NULL);
	begun = true;
}

/* To the start of the line, and clear it: ECMA-48; blanks where control sequences are not wanted. */
static void clear_fleeting(void)
{
	char blanks[WIDTH_MOST + STAMP_WIDTH + 3];

	if (fleeting == 0)
		return;
	if (coloured)
		snprintf(blanks, sizeof blanks, "\r\033[K");
	else
		snprintf(blanks, sizeof blanks, "\r%*s\r", (int)fleeting, "");
	line_bytes(&shown, blanks, strlen(blanks));
	fleeting = 0;
}

/* Shows the text so far, fit for who reads it, with `ending` behind it. */
static void out_part(const char *ending)
{
	char stamp[STAMP] = "";
	struct fit fit = {
	    .coloured = coloured, .goes_on = part_shown, .width = line_columns(STDOUT_FILENO)};

	if (verbatim) {
		out_bytes(ending, strlen(ending));
		write_out(&line);
		return;
	}
	clear_fleeting();
	if (stamped && !part_shown && line.len > 0)
		snprintf(stamp, sizeof stamp, "[%lld.%06ld] ", (long long)begun_at.tv_sec,
		    (long)begun_at.tv_usec);
	line_bytes(&shown, stamp, strlen(stamp));
	fit.column = part_shown ? part_end : strlen(stamp);
	line_fit(&shown, &line, &fit);
	part_end = fit.column;
	line_bytes(&shown, ending, strlen(ending));
	line.len = 0;
	write_out(&shown);
}

void out_start(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	line_format(&line, format, args);
	va_end(args);
}

void out_show(void)
{
	if (!out_terminal())
		return;
	out_part("");
	part_shown = true;
}

void out_line(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	line_format(&line, format, args);
	va_end(args);
	if (measuring) {
		line.len = 0;
		measured++;
	} else {
		out_part("\n");
		part_shown = false;
	}
	begun = false;
}

void out_heading(const char *text)
{
	out_line("%s%s%s", out_paint(OUT_BOLD), text, out_paint(OUT_PLAIN));
}

void out_after_interrupt(int signal)
{
	if (signal == SIGINT && !json && out_terminal())
		out_newline();
}

void out_clear(void)
{
	clear_fleeting();
	write_out(&shown);
}

/* A longer line would leave its first row behind. */
__attribute__((format(printf, 1, 0))) static void show_fleeting(const char *format, va_list args)
{
	const int columns = (int)line_columns(STDOUT_FILENO), width = out_width();
	const int room = columns ? columns - (stamped ? STAMP_WIDTH : 0) : width;
	char text[WIDTH_MOST];

	if (!out_live() || room < 2)
		return;
	vsnprintf(text, sizeof text, format, args);
	text[(room < width ? room : width) - 1] = 0;
	out_start("%s", text);
	out_part("");
	begun = false;
	fleeting = strlen(text) + (stamped ? STAMP_WIDTH : 0);
	say_after(out_clear);
}

void out_again(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	show_fleeting(format, args);
	va_end(args);
}

void out_busy(const char *format, ...)
{
	va_list args;

	if (!busy_us || begun || clock_us() < busy_us)
		return;
	busy_us = clock_us() + BUSY_NEXT_US;
	va_start(args, format);
	show_fleeting(format, args);
	va_end(args);
}

void out_prompt(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	line_format(&line, format, args);
	va_end(args);
	out_part("");
	begun = false;
}

int out_lost(void)
{
	return writer_lost() != 0;
}

void out_errnos(const char *name_of(int error))
{
	errno_name = name_of;
}

int out_end(void)
{
	write_out(&line);
	if (!writer_lost() || writer_lost() == EPIPE || writer_lost() == ECONNRESET)
		return 0;
	if (errno_name)
		say("stdout: %s (%s)", strerror(writer_lost()), errno_name(writer_lost()));
	else
		say("stdout: %s", strerror(writer_lost()));
	return -1;
}
