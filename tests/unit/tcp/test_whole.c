/* ctest: core */
/* tcp/echo: bytes that are easily lost. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "clock.h"
#include "tcp/echo.h"
#include "tcp/option.h"
#include "tcp/sock.h"
#include "tests/lib/test.h"

static struct echo *begin(union addr *local, int64_t idle_us)
{
	const struct setting settings[] = {{.option = OPTION_OOBINLINE, .value = 1}};
	struct plan plan = {
	    .local = addr_any(AF_INET, 0), .backlog = 8, .settings = settings, .setting_count = 1};
	struct fault fault;
	const struct echo_plan echo_plan = {.stop = {-1, -1}, .idle_us = idle_us};

	plan.local.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	const int fd = sock_open(&plan, &fault);
	struct echo *echo = echo_new(&echo_plan);
	if (fd < 0 || !echo || echo_add(echo, fd) < 0)
		exit(99);
	*local = sock_local(fd);
	return echo;
}

enum { SMALL = 4096 };

/* A blocking client with a small receive buffer. */
static int dial(const union addr *server)
{
	const int small = SMALL;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (fd < 0 || connect(fd, &server->any, addr_len(server)) < 0)
		exit(99);
	return fd;
}

static void turn_until_bytes(struct echo *echo, uint64_t bytes)
{
	for (int i = 0; i < 200 && echo_bytes(echo) < bytes; i++)
		echo_turn(echo, 50);
}

static void urgent_bytes_keep_their_place(void)
{
	union addr local;
	struct echo *echo = begin(&local, 0);
	const int fd = dial(&local);
	char back[4] = "";

	send(fd, "a", 1, MSG_NOSIGNAL);
	turn_until_bytes(echo, 1);
	send(fd, "X", 1, MSG_NOSIGNAL | MSG_OOB);
	turn_until_bytes(echo, 2);
	send(fd, "b", 1, MSG_NOSIGNAL);
	turn_until_bytes(echo, 3);
	for (size_t n = 0; n < 3;) {
		const ssize_t got = recv(fd, back + n, 3 - n, MSG_DONTWAIT);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	CHECK_TEXT(back, "aXb");
	close(fd);
	echo_free(echo);
}

/* All was sent back as far as the server is concerned, but still lies in the kernel: a byte that
 * comes after the end has begun must not cost the peer its echo. */
static void what_the_kernel_holds_arrives_after_the_end(void)
{
	enum { LEN = 200000 };
	static char bytes[LEN];
	union addr local;
	struct echo *echo = begin(&local, 0);
	const int fd = dial(&local);
	size_t sent = 0;

	while (sent < LEN) {
		const ssize_t n = send(fd, bytes + sent, LEN - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		echo_turn(echo, 10);
	}
	turn_until_bytes(echo, LEN);
	CHECK(echo_bytes(echo) == LEN, "%llu echoed", (unsigned long long)echo_bytes(echo));
	echo_stop(echo);
	CHECK(echo_open(echo) == 1, "closed with its echo still on its way");
	CHECK(send(fd, "!", 1, MSG_NOSIGNAL) == 1, "the peer cannot send");
	const pid_t reader = fork();
	if (reader == 0) {
		size_t back = 0;
		for (ssize_t n; (n = recv(fd, bytes, LEN, 0)) > 0;)
			back += (size_t)n;
		_exit(back == LEN ? 0 : 1);
	}
	close(fd);
	for (int i = 0; i < 100 && echo_open(echo) > 0; i++)
		echo_turn(echo, 50);
	int status = -1;
	waitpid(reader, &status, 0);
	CHECK(status == 0, "the peer did not get all of it: %d", status);
	CHECK(echo_open(echo) == 0, "%llu open", (unsigned long long)echo_open(echo));
	echo_free(echo);
}

/* A peer that reads all the time, but slowly, is not idle while the kernel sends it its echo. */
static void a_slow_reader_is_not_idle(void)
{
	enum { LEN = 150000 };
	static char bytes[LEN];
	union addr local;
	const int64_t idle_us = 600000;
	struct echo *echo = begin(&local, idle_us);
	const int fd = dial(&local);
	size_t sent = 0, back = 0;

	while (sent < LEN) {
		const ssize_t n = send(fd, bytes + sent, LEN - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		echo_turn(echo, 10);
	}
	turn_until_bytes(echo, LEN);
	const int64_t began_us = clock_us();
	while (back < LEN && echo_open(echo) > 0 && clock_us() < began_us + 5000000) {
		const ssize_t n = recv(fd, bytes, 1500, MSG_DONTWAIT);
		back += n > 0 ? (size_t)n : 0;
		echo_turn(echo, 20);
	}
	/* Once the last bytes lie in the reader's buffer, twice as large as asked for (socket(7)), nothing
	 * moves any more that the server could see. */
	CHECK(back + 2UL * SMALL >= LEN, "closed after %zu of %d bytes and %lld ms", back, LEN,
	    (long long)(clock_us() - began_us) / 1000);
	for (ssize_t n; echo_open(echo) == 0 && (n = recv(fd, bytes, LEN, 0)) > 0;)
		back += (size_t)n;
	CHECK(back == LEN, "%zu of %d bytes", back, LEN);
	close(fd);
	echo_free(echo);
}

int main(void)
{
	TEST(urgent_bytes_keep_their_place);
	if (POSIX_ALONE) {
		printf("skip: POSIX does not tell what the peer has not acknowledged\n");
		return test_failures ? 1 : 77;
	}
	TEST(what_the_kernel_holds_arrives_after_the_end);
	TEST(a_slow_reader_is_not_idle);
	return test_failures != 0;
}
