#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/say.h"
#include "cli/writer.h"

enum {
	WIDTH_LEAST = 40,
	WIDTH_USUAL = 80,
	WIDTH_MOST = 120,
	STAMP_WIDTH = 20, /* "[1763800000.123456] " */
	BUSY_FIRST_MS = 500,
	BUSY_NEXT_MS = 200,
};

static bool stamped, json, quiet, verbose;
static int coloured, begun;
static int fleeting;      /* the line stands only until the next */
static long long busy_ms; /* when out_busy may speak; 0: never */

/* The line so far. */
static char first_room[4096], *line = first_room;
static size_t line_len, line_room = sizeof first_room;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void out_style(const struct common *common)
{
	const char *variable = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */
	const char *term = getenv("TERM");

	stamped = common->stamp;
	json = common->json;
	quiet = common->quiet;
	verbose = common->verbose;
	coloured = !json && !common->no_color && !(variable && *variable) && out_terminal() &&
		   !(term && !strcmp(term, "dumb"));
	busy_ms = !json && out_terminal() ? now_ms() + BUSY_FIRST_MS : 0;
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

const char *out_paint(enum out_colour colour)
{
	static const char *const sequences[] = {"\033[0m", "\033[32m", "\033[31m", "\033[33m",
	    "\033[35m", "\033[36m", "\033[1m", "\033[2m"};
	return coloured ? sequences[colour] : "";
}

int out_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

int out_width(void)
{
	struct winsize size;
	int width = WIDTH_USUAL;

	/* A terminal that was never told its size says 0. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col - (stamped ? STAMP_WIDTH : 0);
	if (width < WIDTH_LEAST)
		return WIDTH_LEAST;
	return width < WIDTH_MOST ? width : WIDTH_MOST;
}

/* Makes room for `more` bytes, and a NUL. Without memory for a long line its rest is left out. */
static bool make_room(size_t more)
{
	const size_t need = line_len + more + 1;

	if (need <= line_room)
		return true;
	char *room = realloc(line == first_room ? NULL : line, 2 * need);
	if (!room)
		return false;
	if (line == first_room)
		memcpy(room, line, line_len);
	line = room;
	line_room = 2 * need;
	return true;
}

void out_bytes(const char *bytes, size_t len)
{
	if (!make_room(len))
		return;
	memcpy(line + line_len, bytes, len);
	line_len += len;
}

static void add_args(const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(line + line_len, line_room - line_len, format, args);
	if (n > 0 && (size_t)n >= line_room - line_len)
		n = make_room((size_t)n)
			? vsnprintf(line + line_len, line_room - line_len, format, again)
			: (int)(line_room - line_len - 1);
	va_end(again);
	if (n > 0)
		line_len += (size_t)n;
}

void out_add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_args(format, args);
	va_end(args);
}

/* Shows the line so far. */
static void show(void)
{
	if (line_len > 0)
		writer_put(WRITER_OUT, line, line_len);
	line_len = 0;
}

void out_newline(void)
{
	out_bytes("\n", 1);
	show();
}

static void begin(void)
{
	struct timeval now;

	if (begun)
		return;
	begun = 1;
	if (fleeting)
		out_bytes("\r\033[K", 4); /* to its start, and clear it: ECMA-48 */
	fleeting = 0;
	if (!stamped)
		return;
	gettimeofday(&now, NULL);
	out_add("[%lld.%06ld] ", (long long)now.tv_sec, (long)now.tv_usec);
}

void out_start(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	add_args(format, args);
	va_end(args);
}

void out_show(void)
{
	if (out_terminal())
		show();
}

void out_line(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	add_args(format, args);
	va_end(args);
	out_newline();
	begun = 0;
}

void out_after_interrupt(int signal)
{
	if (signal == SIGINT && !json && out_terminal())
		out_newline();
}

/* Shows what there is without a newline; what follows is a line of its own. */
static void show_part(void)
{
	show();
	begun = 0;
}

/* A longer line would leave its first row behind. */
__attribute__((format(printf, 1, 0))) static void show_fleeting(const char *format, va_list args)
{
	char text[WIDTH_MOST];

	vsnprintf(text, sizeof text, format, args);
	text[out_width() - 1] = 0;
	begin();
	out_bytes(text, strlen(text));
	show_part();
	fleeting = 1;
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

	if (!busy_ms || begun || now_ms() < busy_ms)
		return;
	busy_ms = now_ms() + BUSY_NEXT_MS;
	va_start(args, format);
	show_fleeting(format, args);
	va_end(args);
}

void out_prompt(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	add_args(format, args);
	va_end(args);
	show_part();
}

int out_lost(void)
{
	return writer_lost() != 0;
}

int out_end(void)
{
	show();
	if (!writer_lost() || writer_lost() == EPIPE || writer_lost() == ECONNRESET)
		return 0;
	say("stdout: %s", strerror(writer_lost()));
	return -1;
}
