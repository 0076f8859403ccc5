/* A blocking client. No more than a window of bytes is under way at any time: an echo server that
 * reads no further until its echo is taken then never waits for us while we wait for it. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "tcp/beat.h"
#include "tcp/call.h"
#include "tcp/option.h"

enum {
	WINDOW = 32768, /* bytes; both ends' smallest socket buffers together take it in time */
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

/* Waits until there is something to read, or `until_us`. */
static enum beat_end await(const struct beat *beat, int64_t until_us, struct beat_result *result)
{
	struct pollfd fds[2] = {
	    {.fd = beat->fd, .events = POLLIN}, {.fd = beat->stop, .events = POLLIN}};

	for (;;) {
		const int64_t left_us = until_us - clock_us();
		const int n = call_poll(fds, 2, clock_poll_ms(left_us));
		if (n < 0 && errno != EINTR)
			return blame(result, errno);
		if (n > 0)
			return fds[1].revents ? BEAT_STOPPED : BEAT_ECHOED;
		if (n == 0 && clock_us() >= until_us)
			return BEAT_TIMEOUT;
	}
}

/* SO_SNDTIMEO to what is left of the time; not again for a tenth more or less. */
static void limit_send(struct beat *beat, int64_t left_us)
{
	struct setting setting = {.option = OPTION_SNDTIMEO, .value = left_us < 1 ? 1 : left_us};
	struct fault ignored; /* the limit before stays */

	if (left_us <= beat->limit_us && left_us > beat->limit_us / 10 * 9)
		return;
	if (option_set(beat->fd, &setting, &ignored) == 0)
		beat->limit_us = left_us;
}

/* Sends what the window has room for. */
static enum beat_end send_on(struct beat *beat, uint64_t seq, uint64_t *sent, uint64_t back,
    int64_t until_us, struct beat_result *result)
{
	char room[WINDOW];
	const uint64_t open = WINDOW - (*sent - back), left = beat->len - *sent;
	const size_t len = (size_t)(left < open ? left : open);

	if (len == 0)
		return BEAT_ECHOED;
	if (*sent > 0 || beat->limit_us != beat->timeout_us)
		limit_send(beat, until_us - clock_us());
	const ssize_t n = call_send(beat->fd, bytes(beat, seq, *sent, len, room), len);
	if (n >= 0)
		*sent += (uint64_t)n;
	else if (errno == EAGAIN || errno == EWOULDBLOCK)
		return BEAT_TIMEOUT;
	else if (errno != EINTR)
		return blame(result, errno);
	return BEAT_ECHOED;
}

/* Reads what is there and compares it. */
static enum beat_end take_back(const struct beat *beat, uint64_t seq, uint64_t sent, uint64_t *back,
    struct beat_result *result)
{
	char got[WINDOW + 1], room[WINDOW]; /* one more, so that a surplus byte is seen */
	const ssize_t n = call_recv(beat->fd, got, sizeof got);

	if (n == 0)
		return BEAT_PEER;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK
			   ? BEAT_ECHOED
			   : blame(result, errno);
	const uint64_t due = sent - *back;
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

enum beat_end beat_once(struct beat *beat, uint64_t seq, struct beat_result *result)
{
	const int64_t began_ns = clock_ns(), until_us = began_ns / 1000 + beat->timeout_us;
	uint64_t sent = 0, back = 0;
	enum beat_end end = BEAT_ECHOED;

	while (end == BEAT_ECHOED && back < beat->len) {
		end = send_on(beat, seq, &sent, back, until_us, result);
		/* Interrupted before a byte went out: there is no echo to wait for. */
		if (end == BEAT_ECHOED && sent == back)
			continue;
		if (end == BEAT_ECHOED)
			end = await(beat, until_us, result);
		if (end == BEAT_ECHOED)
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
	char late[WINDOW];

	call_shutdown(beat->fd, SHUT_WR);
	while (clock_us() < until_us && await(&unstopped, until_us, &ignored) == BEAT_ECHOED &&
	       call_recv(beat->fd, late, sizeof late) > 0)
		;
}

enum beat_end beat_rest(const struct beat *beat, int64_t rest_us, struct beat_result *result)
{
	uint64_t back = 0;
	const enum beat_end end = await(beat, clock_us() + rest_us, result);

	if (end == BEAT_TIMEOUT)
		return BEAT_ECHOED;
	return end == BEAT_ECHOED ? take_back(beat, 0, 0, &back, result) : end;
}
