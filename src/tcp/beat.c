/* A client that reads while it sends: an echo server that reads no further until its echo is taken never
 * waits for it while it waits for the server. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "tcp/beat.h"
#include "tcp/call.h"

enum {
	WINDOW = 32768, /* bytes in one call, and under way */
	PATTERN = 95,   /* the printable ASCII characters, as chargen (RFC 864) sends them */
	PART_US = 250000,
};

/* heartbeat[at..at + len), in `room` where it is not in memory already. */
static const char *bytes(
    const struct beat *beat, uint64_t seq, uint64_t at, size_t len, char room[WINDOW])
{
	if (beat->data)
		return beat->data + at;
	for (size_t i = 0; i < len; i++)
		room[i] = (char)(' ' + (seq + at + i) % PATTERN);
	return room;
}

static enum beat_end blame(struct beat_result *result, int error)
{
	result->error = error;
	return error == ECONNRESET || error == EPIPE ? BEAT_RESET : BEAT_FAULT;
}

/* Waits for one of `events`, or until `until_us`. Writes which came to `*came`. */
static enum beat_end await(const struct beat *beat, short events, int64_t until_us, short *came,
    struct beat_result *result)
{
	struct pollfd fds[3] = {{.fd = beat->fd, .events = events},
	    {.fd = beat->stop, .events = POLLIN},
	    {.fd = beat->woken ? beat->wake : -1, .events = POLLIN}};

	for (;;) {
		const int64_t left_us = until_us - clock_us();
		const int n = call_poll(fds, 3, clock_poll_ms(left_us));
		*came = fds[0].revents;
		if (n < 0 && errno != EINTR)
			return blame(result, errno);
		if (n > 0 && beat->woken && fds[2].revents)
			beat->woken(beat->who);
		if (n > 0 && (fds[0].revents || fds[1].revents))
			return fds[1].revents ? BEAT_STOPPED : BEAT_ECHOED;
		if (n >= 0 && clock_us() >= until_us)
			return BEAT_TIMEOUT;
	}
}

/* How many bytes may go out now: a window of them is under way at most. A server that hands them to a process
 * through pipes (ncat -e) stops for good once these are full in both directions. */
static size_t may_send(const struct beat *beat, uint64_t sent, uint64_t back)
{
	const uint64_t left = beat->len - sent, room = WINDOW - (sent - back);

	return (size_t)(left < room ? left : room);
}

/* Sends of `len` bytes what the kernel takes at once. */
static enum beat_end send_on(
    const struct beat *beat, uint64_t seq, uint64_t *sent, size_t len, struct beat_result *result)
{
	static char room[WINDOW]; /* not on the stack, which may be small */
	const ssize_t n = call_send(beat->fd, bytes(beat, seq, *sent, len, room), len);

	if (n >= 0)
		*sent += (uint64_t)n;
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return blame(result, errno);
	return BEAT_ECHOED;
}

/* Reads what is there and compares it. */
static enum beat_end take_back(const struct beat *beat, uint64_t seq, uint64_t sent, uint64_t *back,
    struct beat_result *result)
{
	static char got[WINDOW], room[WINDOW];
	const uint64_t due = sent - *back;
	/* One more than is due, so that a surplus byte is seen. */
	const ssize_t n = call_recv(beat->fd, got, due < WINDOW ? (size_t)due + 1 : (size_t)WINDOW);

	if (n == 0)
		return BEAT_PEER;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK
			   ? BEAT_ECHOED
			   : blame(result, errno);
	const size_t len = (uint64_t)n < due ? (size_t)n : (size_t)due;
	const char *want = bytes(beat, seq, *back, len, room);
	if (memcmp(got, want, len) != 0) {
		size_t i = 0;
		while (got[i] == want[i])
			i++;
		result->at = *back + i;
		result->want = (unsigned char)want[i];
		result->got = (unsigned char)got[i];
		return BEAT_MISMATCH;
	}
	if ((uint64_t)n > due) {
		result->got = (unsigned char)got[len];
		return BEAT_SURPLUS;
	}
	*back += len;
	return BEAT_ECHOED;
}

enum beat_end beat_once(const struct beat *beat, uint64_t seq, struct beat_result *result)
{
	const int64_t began_ns = clock_ns(), until_us = began_ns / 1000 + beat->timeout_us;
	uint64_t sent = 0, back = 0;
	enum beat_end end = BEAT_ECHOED;

	while (end == BEAT_ECHOED && back < beat->len) {
		short events = POLLIN, came = 0;

		if (may_send(beat, sent, back) > 0)
			end = send_on(beat, seq, &sent, may_send(beat, sent, back), result);
		if (may_send(beat, sent, back) > 0)
			events |= POLLOUT;
		if (end == BEAT_ECHOED)
			end = await(beat, events, until_us, &came, result);
		if (end == BEAT_ECHOED && came & ~POLLOUT)
			end = take_back(beat, seq, sent, &back, result);
	}
	result->rtt_ns = clock_ns() - began_ns;
	return end;
}

void beat_part(const struct beat *beat)
{
	const struct beat unstopped = {.fd = beat->fd, .stop = -1};
	const int64_t until_us = clock_us() + PART_US;
	struct beat_result ignored;
	static char late[WINDOW];
	short came;

	call_shutdown(beat->fd, SHUT_WR);
	while (clock_us() < until_us &&
	       await(&unstopped, POLLIN, until_us, &came, &ignored) == BEAT_ECHOED &&
	       call_recv(beat->fd, late, sizeof late) > 0)
		;
}

enum beat_end beat_rest(const struct beat *beat, int64_t rest_us, struct beat_result *result)
{
	uint64_t back = 0;
	short came;
	const enum beat_end end = await(beat, POLLIN, clock_us() + rest_us, &came, result);

	if (end == BEAT_TIMEOUT)
		return BEAT_ECHOED;
	return end == BEAT_ECHOED ? take_back(beat, 0, 0, &back, result) : end;
}
