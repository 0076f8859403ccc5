/* One stream: writes of 64 KiB as fast as they go, while the echo is read and compared. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dial.h"
#include "load.h"

/* A prime: a piece that is lost, doubled or out of order changes what stands at each place. */
enum { CHUNK = 65536, PERIOD = 65521 };

static unsigned char pattern[PERIOD + CHUNK]; /* byte i of the stream is pattern[i % PERIOD] */

struct stream {
	const struct sockaddr_in *server;
	int fd;
	uint64_t sent, echoed;
};

static void pattern_fill(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof pattern; i++) {
		x = x * 1664525 + 1013904223;
		pattern[i] = i < PERIOD ? (unsigned char)(x >> 24) : pattern[i - PERIOD];
	}
}

static bool write_chunk(struct stream *stream)
{
	const unsigned char *from = pattern + stream->sent % PERIOD;
	const ssize_t n = send(stream->fd, from, CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		fail("send");
	stream->sent += n > 0 ? (uint64_t)n : 0;
	return n > 0;
}

/* False when there is nothing to read now. */
static bool read_chunk(struct stream *stream)
{
	static unsigned char chunk[CHUNK];
	errno = 0;
	const ssize_t n = recv(stream->fd, chunk, sizeof chunk, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		fail("recv");
	if (memcmp(chunk, pattern + stream->echoed % PERIOD, (size_t)n) != 0)
		fail("the echo differs from what was sent");
	stream->echoed += (uint64_t)n;
	return true;
}

static void await(int fd, short events)
{
	struct pollfd one = {.fd = fd, .events = events};

	errno = 0;
	if (poll(&one, 1, DIAL_PATIENCE_S * 1000) <= 0)
		fail("no echo of the stream");
}

static void *begin(const struct load *load, const struct target *target)
{
	struct stream *stream = calloc(1, sizeof *stream);

	(void)load;
	if (!stream)
		fail("calloc");
	pattern_fill();
	stream->server = &target->server;
	return stream;
}

/* Each slice is a new connection: how far TCP opens its windows differs from one to the next by a
 * third, and stays so. */
static uint64_t slice(void *state, int64_t until_us)
{
	struct stream *stream = state;
	char byte;

	stream->fd = dial_open(stream->server, 0);
	stream->sent = stream->echoed = 0;
	while (clock_us() < until_us) {
		const bool wrote = write_chunk(stream);
		const bool read = read_chunk(stream);
		if (!wrote && !read)
			await(stream->fd, POLLIN | POLLOUT);
	}
	while (stream->echoed < stream->sent) {
		if (!read_chunk(stream))
			await(stream->fd, POLLIN);
	}
	if (shutdown(stream->fd, SHUT_WR) < 0)
		fail("shutdown");
	errno = 0;
	if (recv(stream->fd, &byte, 1, 0) != 0)
		fail("reading the end of the stream");
	close(stream->fd);
	return stream->echoed;
}

static double end(void *state)
{
	free(state);
	return 1;
}

const struct work work_bulk = {.begin = begin, .slice = slice, .end = end, .unit = 1048576};
