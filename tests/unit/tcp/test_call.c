/* ctest: core */
/* tcp/call: each call behaves as the one it is named after, and is told in one line, with its errno kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp/call.h"
#include "tests/lib/test.h"

enum { TEXT_MOST = 4096 };

static char heard[TEXT_MOST], traffic[TEXT_MOST];

static void note_line(char *text, const char *line)
{
	const size_t at = strlen(text);

	snprintf(text + at, TEXT_MOST - at, "%s\n", line);
	errno = EDOM; /* whoever hears may change it */
}

static void hear(const char *line)
{
	note_line(heard, line);
}

static void hear_traffic(const char *line)
{
	note_line(traffic, line);
}

static void begin_calls(void)
{
	*heard = *traffic = 0;
	call_trace = hear;
	call_trace_traffic = hear_traffic;
}

static union addr local_of(int fd)
{
	union addr addr = {0};
	socklen_t len = sizeof addr;

	getsockname(fd, &addr.any, &len);
	return addr;
}

static void a_connection_is_told_call_by_call(void)
{
	char want[TEXT_MOST], there[ADDR_TEXT], here[ADDR_TEXT], byte = 'x';
	const union addr any = addr_loopback(AF_INET, 0);
	const int on = 1;
	union addr peer = {0};

	begin_calls();
	const int listener = call_socket(AF_INET);
	call_option(
	    listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on, "SOL_SOCKET, SO_REUSEADDR, 1");
	call_bind(listener, &any);
	call_listen(listener, 3);
	const union addr to = local_of(listener);
	const int client = call_socket(AF_INET);
	errno = EDOM; /* of an earlier call */
	CHECK(call_connect(client, &to) == 0, "errno %d", errno);
	const union addr from = local_of(client);
	const int taken = call_accept(listener, &peer);
	CHECK(addr_same(&peer, &from), "another peer");
	CHECK((fcntl(taken, F_GETFL) & O_NONBLOCK) && (fcntl(taken, F_GETFD) & FD_CLOEXEC) &&
		  (fcntl(client, F_GETFD) & FD_CLOEXEC) && !(fcntl(client, F_GETFL) & O_NONBLOCK),
	    "flags %#x, %#x", (unsigned)fcntl(taken, F_GETFL), (unsigned)fcntl(client, F_GETFL));
	CHECK(call_send(client, &byte, 1) == 1, "errno %d", errno);
	struct pollfd one = {.fd = taken, .events = POLLIN};
	CHECK(
	    call_poll(&one, 1, 10000) == 1 && one.revents == POLLIN, "%#x", (unsigned)one.revents);
	CHECK(call_recv(taken, &byte, 1) == 1 && byte == 'x', "errno %d", errno);
	CHECK(call_recv(taken, &byte, 1) == -1 && (errno == EAGAIN || errno == EWOULDBLOCK),
	    "errno %d", errno);
	CHECK(call_shutdown(client, SHUT_WR) == 0 && call_shutdown(taken, SHUT_RD) == 0 &&
		  call_close(client) == 0 && call_close(taken) == 0 && call_close(listener) == 0,
	    "errno %d", errno);
	snprintf(want, sizeof want,
	    "socket(AF_INET, SOCK_STREAM, 0) = %d\nsetsockopt(%d, SOL_SOCKET, SO_REUSEADDR, 1) = 0\n"
	    "bind(%d, 127.0.0.1:0) = 0\nlisten(%d, 3) = 0\nsocket(AF_INET, SOCK_STREAM, 0) = %d\n"
	    "connect(%d, %s) = 0\naccept(%d, %s) = %d\nshutdown(%d, SHUT_WR) = 0\n"
	    "shutdown(%d, SHUT_RD) = 0\nclose(%d) = 0\nclose(%d) = 0\nclose(%d) = 0\n",
	    listener, listener, listener, listener, client, client, addr_print(&to, there),
	    listener, addr_print(&from, here), taken, client, taken, client, taken, listener);
	CHECK_TEXT(heard, want);
	snprintf(want, sizeof want,
	    "send(%d, 1 bytes) = 1\npoll(1 descriptors, 10000) = 1\nrecv(%d, 1 bytes) = 1\n"
	    "recv(%d, 1 bytes) = -1 EAGAIN\n",
	    client, taken, taken);
	CHECK_TEXT(traffic, want);
}

static void what_fails_is_told_with_its_errno_which_stays(void)
{
	const union addr addr = addr_loopback(AF_INET, 9);
	const int on = 1;
	char byte = 0;
	union addr peer = {0};

	begin_calls();
#define FAILS(call, number) CHECK((call) == -1 && errno == (number), "errno %d", errno)
	FAILS(call_option(-1, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on, "what is shown"), EBADF);
	FAILS(call_bind(-1, &addr), EBADF);
	FAILS(call_listen(-1, 5), EBADF);
	FAILS(call_connect(-1, &addr), EBADF);
	FAILS(call_accept(-1, &peer), EBADF);
	CHECK(peer.any.sa_family == AF_UNSPEC, "a peer of nobody");
	FAILS(call_disconnect(-1), EBADF);
	FAILS(call_shutdown(-1, SHUT_RDWR), EBADF);
	FAILS(call_shutdown(-1, SHUT_RD), EBADF);
	FAILS(call_shutdown(-1, SHUT_WR), EBADF);
	FAILS(call_close(-1), EBADF);
	FAILS(call_send(-1, &byte, 1), EBADF);
	FAILS(call_recv(-1, &byte, 1), EBADF);
	call_connected(7, &addr, ETIMEDOUT);
	CHECK(errno == ETIMEDOUT, "errno %d", errno);
	call_connected(7, &addr, 0);
	CHECK_TEXT(heard,
	    "setsockopt(-1, what is shown) = -1 EBADF\nbind(-1, 127.0.0.1:9) = -1 EBADF\n"
	    "listen(-1, 5) = -1 EBADF\nconnect(-1, 127.0.0.1:9) = -1 EBADF\naccept(-1) = -1 EBADF\n"
	    "connect(-1, AF_UNSPEC) = -1 EBADF\nshutdown(-1, SHUT_RDWR) = -1 EBADF\n"
	    "shutdown(-1, SHUT_RD) = -1 EBADF\nshutdown(-1, SHUT_WR) = -1 EBADF\n"
	    "close(-1) = -1 EBADF\nconnect(7, 127.0.0.1:9) = -1 ETIMEDOUT\n"
	    "connect(7, 127.0.0.1:9) = 0\n");
	CHECK_TEXT(traffic, "send(-1, 1 bytes) = -1 EBADF\nrecv(-1, 1 bytes) = -1 EBADF\n");
}

static void a_look_at_an_empty_queue_is_traffic(void)
{
	const union addr any = addr_loopback(AF_INET, 0);
	char want[64];

	begin_calls();
	call_trace = NULL;
	const int listener = call_socket(AF_INET);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	call_bind(listener, &any);
	call_listen(listener, 1);
	call_trace = hear;
	CHECK(call_accept(listener, NULL) == -1 && errno == EAGAIN, "errno %d", errno);
	snprintf(want, sizeof want, "accept(%d) = -1 EAGAIN\n", listener);
	CHECK_TEXT(heard, "");
	CHECK_TEXT(traffic, want);
	/* A connect that is under way has not ended. */
	const union addr to = local_of(listener);
	const int udp = call_socket_untold(AF_INET, SOCK_DGRAM);
	CHECK_TEXT(heard, "");
	call_trace = NULL;
	call_trace_traffic = NULL;
	CHECK(call_connect(udp, &to) == 0, "errno %d", errno);
	CHECK(call_accept(listener, NULL) == -1 && errno == EAGAIN, "errno %d", errno);
	CHECK(call_close(udp) == 0 && call_close(listener) == 0, "errno %d", errno);
	CHECK_TEXT(heard, "");
	CHECK_TEXT(traffic, want);
}

static void sockets_are_told_by_family_and_type(void)
{
	static const struct {
		int family, type;
		const char *told;
	} rows[] = {{AF_INET, SOCK_STREAM, "socket(AF_INET, SOCK_STREAM, 0)"},
	    {AF_INET, SOCK_DGRAM, "socket(AF_INET, SOCK_DGRAM, 0)"},
	    {AF_INET6, SOCK_STREAM, "socket(AF_INET6, SOCK_STREAM, 0)"},
	    {AF_INET6, SOCK_DGRAM, "socket(AF_INET6, SOCK_DGRAM, 0)"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int type = 0;
		socklen_t len = sizeof type;
		begin_calls();
		const int fd = rows[i].type == SOCK_STREAM ? call_socket(rows[i].family)
							   : call_socket_udp(rows[i].family);
		heard[strlen(rows[i].told)] = 0;
		CHECK_TEXT(heard, rows[i].told);
		if (fd < 0)
			continue; /* IPv6 is not here */
		CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == rows[i].type,
		    "row %zu: type %d", i, type);
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC, "row %zu: not close-on-exec", i);
		close(fd);
	}
}

/* The line has room for its end, however long its beginning. */
static void a_long_line_keeps_its_result(void)
{
	char text[1000], want[1000];

	memset(text, 'a', sizeof text);
	for (size_t len = 285; len < 293; len++) {
		begin_calls();
		const size_t kept = len < 288 ? len : 288;
		snprintf(want, sizeof want, "%.*s = -1 EADDRNOTAVAIL\n", (int)kept, text);
		errno = EADDRNOTAVAIL;
		call_tell(-1, "%.*s", (int)len, text);
		CHECK(errno == EADDRNOTAVAIL, "errno %d", errno);
		CHECK_TEXT(heard, want);
	}
	begin_calls();
	call_tell_traffic(12345, "%.*s", 999, text);
	snprintf(want, sizeof want, "%.*s = 12345\n", 288, text);
	CHECK_TEXT(traffic, want);
	CHECK_TEXT(heard, "");
}

int main(void)
{
	TEST(a_connection_is_told_call_by_call);
	TEST(what_fails_is_told_with_its_errno_which_stays);
	TEST(a_look_at_an_empty_queue_is_traffic);
	TEST(sockets_are_told_by_family_and_type);
	TEST(a_long_line_keeps_its_result);
	return test_failures != 0;
}
