#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "dial.h"

enum { SOURCES = 64 };

static unsigned blamed;

void fail_blame(unsigned port)
{
	blamed = port;
}

void fail(const char *what)
{
	fprintf(stderr, "load: port %u: %s%s%s\n", blamed, what, errno ? ": " : "",
	    errno ? strerror(errno) : "");
	exit(1);
}

static int64_t read_us(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		fail("clock_gettime");
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(pid_t pid)
{
	clockid_t clock;

	if (pid == 0)
		return 0;
	errno = clock_getcpuclockid(pid, &clock);
	if (errno)
		fail("clock_getcpuclockid");
	return read_us(clock);
}

void message_fill(struct message *message, size_t connection)
{
	message->connection = connection;
	message->turn = 0;
	for (size_t i = 0; i < sizeof message->rest; i++)
		message->rest[i] = (unsigned char)(connection + i * 7);
}

int dial_open(const struct sockaddr_in *server, size_t turn)
{
	const struct sockaddr_in source = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(turn % SOURCES)),
	};
	const struct timeval patience = {.tv_sec = DIAL_PATIENCE_S};
	const int on = 1;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	/* connect chooses the port, knowing both ends: ip(7), IP_BIND_ADDRESS_NO_PORT. */
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
		fail("setsockopt");
	if (bind(fd, (const struct sockaddr *)&source, sizeof source) < 0)
		fail("bind");
	if (connect(fd, (const struct sockaddr *)server, sizeof *server) < 0)
		fail("connect");
	return fd;
}

void dial_send(int fd, const struct message *message)
{
	errno = 0;
	if (send(fd, message, sizeof *message, MSG_NOSIGNAL) != sizeof *message)
		fail("send");
}

void dial_await(int fd, const struct message *sent, struct message *answer, size_t got)
{
	errno = 0;
	while (got < sizeof *answer) {
		const ssize_t n = recv(fd, (char *)answer + got, sizeof *answer - got, 0);
		if (n <= 0)
			fail("recv");
		got += (size_t)n;
	}
	if (memcmp(sent, answer, sizeof *answer) != 0)
		fail("the echo differs from what was sent");
}
