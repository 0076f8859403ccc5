#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/guard.h"
#include "cli/stop.h"
#include "cli/turn.h"
#include "cli/writer.h"
#include "clock.h"

enum {
	HIGH = 10,    /* descriptors from here on: the first socket stays 3 in --explain */
	LOOK_MS = 10, /* between two tries, where the descriptor says that there is room */
	LAST_LINES_US = 2000000, /* for all lines of a command that was told to end */
};

/* How not to wait. */
enum outlet_kind {
	OUTLET_WAITS,   /* it may wait; also a file, where there is nobody to wait for */
	OUTLET_OPENED,  /* `fd` is the same terminal or pipe opened anew, with O_NONBLOCK */
	OUTLET_SOCKET,  /* MSG_DONTWAIT */
	OUTLET_GUARDED, /* it cannot be opened anew (another user's, no /proc): a timer interrupts */
};

struct outlet {
	int fd;
	enum outlet_kind kind;
	char *rest; /* of a line that went out in part, on the heap */
	size_t rest_len;
	int64_t pause_until_us; /* OUTLET_GUARDED */
};

static struct outlet outlets[] = {
    [WRITER_OUT] = {.fd = STDOUT_FILENO}, [WRITER_ERR] = {.fd = STDERR_FILENO}};

static int64_t wait_until_us = INT64_MAX; /* a line may wait until then */
static uint64_t left_out;
static int lost;

static size_t outlet_number(const struct outlet *outlet)
{
	return (size_t)(outlet - outlets);
}

static ssize_t write_once(struct outlet *outlet, const char *text, size_t len)
{
	switch (outlet->kind) {
	case OUTLET_SOCKET:
		return send(outlet->fd, text, len, MSG_DONTWAIT);
	case OUTLET_GUARDED:
		return guard_write(outlet->fd, text, len, &outlet->pause_until_us);
	case OUTLET_WAITS:
	case OUTLET_OPENED:
		break;
	}
	return write(outlet->fd, text, len);
}

/* Waits until there may be room, in a command whose lines wait; a write(2) that waits would go on after a
 * signal. Returns false where the command was told to end, and its last lines have waited long enough. */
static bool wait_for_reader(const struct outlet *outlet)
{
	static int64_t over_us; /* 0: not told to end yet */
	struct pollfd now = {.fd = outlet->fd, .events = POLLOUT};

	/* What cannot be written to at all never has room. */
	if (poll(&now, 1, 0) > 0 || (fcntl(outlet->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return true;
	for (;;) {
		const bool ends = stop_wanted() != 0;
		struct pollfd fds[2] = {{.fd = outlet->fd, .events = POLLOUT},
		    {.fd = ends ? -1 : stop_descriptor(), .events = POLLIN}};

		if (ends && over_us == 0)
			over_us = clock_us() + LAST_LINES_US;
		const int left_ms = ends ? clock_poll_ms(over_us - clock_us()) : -1;
		const int n = poll(fds, 2, left_ms);
		if (n < 0 ? errno != EINTR : fds[0].revents != 0)
			return true; /* an error the write will tell */
		if (ends && n == 0)
			return false;
	}
}

/* Waits for room as long as a line may. A terminal may say that there is room and have none for a whole
 * line: `in_vain`. Returns false when the time is up. */
static bool wait_for_room(const struct outlet *outlet, bool in_vain)
{
	struct pollfd room = {.fd = outlet->fd, .events = POLLOUT};
	const int64_t left_us = wait_until_us - clock_us();

	if (left_us <= 0)
		return false;
	if (in_vain)
		poll(NULL, 0, LOOK_MS);
	if (wait_until_us != INT64_MAX)
		poll(&room, 1, clock_poll_ms(left_us));
	return true;
}

/* Returns how much of it went out; less than `len` with errno. */
static size_t write_on(struct outlet *outlet, const char *text, size_t len)
{
	size_t done = 0;
	bool waited = false;

	while (done < len) {
		/* Who stands still is as good as gone. */
		if (wait_until_us == INT64_MAX && !wait_for_reader(outlet)) {
			errno = EPIPE;
			break;
		}
		const ssize_t n = write_once(outlet, text + done, len - done);
		if (n > 0) {
			done += (size_t)n;
			waited = false;
			if (done < len)
				turn_cut(outlet_number(outlet));
			continue;
		}
		if (n == 0)
			errno = EAGAIN;
		if (errno == EINTR && outlet->kind == OUTLET_WAITS)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			break;
		if (!wait_for_room(outlet, waited)) {
			errno = EAGAIN;
			break;
		}
		waited = true;
	}
	return done;
}

/* A reader that went away, or in a command that must not lose a line any other failure. */
static void note_loss(enum writer to, int error)
{
	const bool gone = error == EPIPE || error == ECONNRESET;

	if (to == WRITER_OUT && !lost && error != EBADF && (gone || wait_until_us == INT64_MAX))
		lost = error;
}

static void keep_rest(struct outlet *outlet, const char *text, size_t len)
{
	char *rest = malloc(len);

	if (!rest) { /* the line stays cut */
		turn_leave_cut(outlet_number(outlet));
		return;
	}
	memcpy(rest, text, len);
	outlet->rest = rest;
	outlet->rest_len = len;
}

/* Returns whether nothing is left of it. */
static bool write_rest(struct outlet *outlet)
{
	const size_t done = write_on(outlet, outlet->rest, outlet->rest_len);

	outlet->rest_len -= done;
	if (outlet->rest_len > 0) {
		memmove(outlet->rest, outlet->rest + done, outlet->rest_len);
		return false;
	}
	free(outlet->rest);
	outlet->rest = NULL;
	turn_hold(outlet_number(outlet));
	return true;
}

/* The newline after a line that nobody completes. */
static bool end_cut_line(struct outlet *outlet)
{
	if (write_on(outlet, "\n", 1) == 0) {
		turn_leave_cut(outlet_number(outlet));
		return false;
	}
	left_out++;
	turn_hold(outlet_number(outlet));
	return true;
}

/* Returns whether a line may be written: nothing is left of one before, and it is this process's turn. */
static bool begin_line(struct outlet *outlet)
{
	if (outlet->rest)
		return write_rest(outlet);
	const enum turn turn = turn_take(outlet_number(outlet), wait_until_us);
	if (turn == TURN_OTHERS)
		errno = EAGAIN;
	return turn == TURN_MINE || (turn == TURN_NEWLINE && end_cut_line(outlet));
}

/* Where stdout and stderr are one terminal or pipe, no line may stand within another. */
static bool same_file(void)
{
	struct stat out, err;

	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	       !S_ISREG(out.st_mode) && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static struct outlet *outlet_of(enum writer to)
{
	static int shared = -1;

	if (shared < 0)
		shared = same_file();
	return &outlets[shared ? WRITER_OUT : to];
}

bool writer_put(enum writer to, const char *text, size_t len)
{
	struct outlet *outlet = wait_until_us == INT64_MAX ? &outlets[to] : outlet_of(to);
	size_t done = 0;

	if (begin_line(outlet)) {
		done = write_on(outlet, text, len);
		if (done == 0 || done == len)
			turn_end(outlet_number(outlet));
	}
	if (done == len)
		return true;
	note_loss(to, errno);
	if (wait_until_us == INT64_MAX || errno == EBADF)
		return false;
	if (done > 0) {
		keep_rest(outlet, text + done, len - done);
		return true;
	}
	left_out++;
	return false;
}

/* The same open file anew, close-on-exec and out of the way, or -1. */
static int open_anew(int fd)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const int anew = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (anew < 0)
		return -1;
	const int high = fcntl(anew, F_DUPFD_CLOEXEC, HIGH);
	close(anew);
	return high;
}

static void hurry(struct outlet *outlet)
{
	struct stat stat;
	const int flags = fcntl(outlet->fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(outlet->fd, &stat) < 0 ||
	    S_ISREG(stat.st_mode))
		return;
	if (S_ISSOCK(stat.st_mode)) {
		outlet->kind = OUTLET_SOCKET;
		return;
	}
	const int anew = open_anew(outlet->fd);
	outlet->kind = anew < 0 ? OUTLET_GUARDED : OUTLET_OPENED;
	if (anew >= 0)
		outlet->fd = anew;
}

void writer_never_wait(void)
{
	if (wait_until_us != INT64_MAX)
		return;
	wait_until_us = 0;
	hurry(&outlets[WRITER_OUT]);
	if (outlet_of(WRITER_ERR) != &outlets[WRITER_OUT])
		hurry(&outlets[WRITER_ERR]);
}

void writer_redirect(int fd)
{
	outlets[WRITER_OUT] = (struct outlet){.fd = fd, .kind = OUTLET_WAITS};
	wait_until_us = INT64_MAX;
}

void writer_wait_until(int64_t until_us)
{
	wait_until_us = until_us;
}

uint64_t writer_left_out(void)
{
	const uint64_t lines = left_out;

	left_out = 0;
	return lines;
}

int writer_lost(void)
{
	return lost;
}

bool writer_cut(enum writer to)
{
	struct outlet *outlet = &outlets[to];

	if (!outlet->rest)
		return false;
	if (!write_rest(outlet))
		return true;
	turn_end(outlet_number(outlet));
	return false;
}

void writer_share(void)
{
	turn_share();
	for (size_t i = 0; i < sizeof outlets / sizeof *outlets; i++)
		if (outlets[i].rest)
			turn_cut(i);
}

void writer_forked(void)
{
	for (size_t i = 0; i < sizeof outlets / sizeof *outlets; i++) {
		free(outlets[i].rest);
		outlets[i].rest = NULL;
	}
	turn_forked();
}

void writer_shut(void)
{
	struct outlet *outlet = &outlets[WRITER_OUT];

	if (outlet->fd != STDOUT_FILENO && outlet->fd >= 0)
		close(outlet->fd);
	close(STDOUT_FILENO);
	free(outlet->rest);
	*outlet = (struct outlet){.fd = -1};
}
