#include <errno.h>
#include <poll.h>
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

enum {
	WIDTH_LEAST = 40,
	WIDTH_USUAL = 80,
	WIDTH_MOST = 120,
	STAMP_WIDTH = 20, /* "[1763800000.123456] " */
	BUSY_FIRST_MS = 500,
	BUSY_NEXT_MS = 200,
};

static int stamped, coloured, begun;
static int fleeting;      /* the line stands only until the next */
static int lost;          /* the errno of the first write that failed, or 0 */
static long long busy_ms; /* when out_busy may speak; 0: never */

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void out_style(int stamp, int json, int no_color)
{
	const char *variable = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */
	const char *term = getenv("TERM");

	stamped = stamp;
	coloured = !json && !no_color && !(variable && *variable) && out_terminal() &&
		   !(term && !strcmp(term, "dumb"));
	busy_ms = !json && out_terminal() ? now_ms() + BUSY_FIRST_MS : 0;
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

static void begin(void)
{
	struct timeval now;

	if (begun)
		return;
	begun = 1;
	if (fleeting)
		fputs("\r\033[K", stdout); /* to its start, and clear it: ECMA-48 */
	fleeting = 0;
	if (!stamped)
		return;
	gettimeofday(&now, NULL);
	printf("[%lld.%06ld] ", (long long)now.tv_sec, (long)now.tv_usec);
}

void out_start(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	out_check();
}

void out_show(void)
{
	if (out_terminal() && fflush(stdout) < 0)
		out_check();
}

void out_line(const char *format, ...)
{
	va_list args;

	begin();
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	begun = 0;
	out_check();
}

void out_after_interrupt(int signal, int json)
{
	if (signal == SIGINT && !json && out_terminal()) {
		putchar('\n');
		out_check();
	}
}

/* Shows what there is without a newline; what follows is a line of its own. */
static void show_part(void)
{
	fflush(stdout);
	begun = 0;
	out_check();
}

/* A longer line would leave its first row behind. */
__attribute__((format(printf, 1, 0))) static void show_fleeting(const char *format, va_list args)
{
	char line[WIDTH_MOST];

	vsnprintf(line, sizeof line, format, args);
	line[out_width() - 1] = 0;
	begin();
	fputs(line, stdout);
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
	vprintf(format, args);
	va_end(args);
	show_part();
}

int out_room(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	/* POLLERR and POLLHUP count as room: the write that follows finds out. */
	return poll(&out, 1, 0) != 0;
}

void out_check(void)
{
	const int error = errno;

	if (ferror(stdout) && !lost)
		lost = error ? error : EIO;
}

int out_lost(void)
{
	return lost != 0;
}

int out_end(void)
{
	if (fflush(stdout) < 0)
		out_check();
	/* EBADF: stdout was closed before we began. */
	if (lost == 0 || lost == EPIPE || lost == EBADF)
		return 0;
	say("stdout: %s", strerror(lost));
	return -1;
}
