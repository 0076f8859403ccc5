/* ctest: wrap=call_socket_untold wrap=bind wrap=connect wrap=setsockopt wrap=sock_local wrap=sock_peer wrap=port_random wrap=close */
/* cmd/limits/route: each call that asks the kernel for a route, in its order, with a kernel that is only written down. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "cli/text.h"
#include "cmd/limits/route.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"
#include "tests/lib/shown.h"

enum { FIRST = 1000, ANSWERS = 80 };

/* The errnos of all calls in their order, 0: it succeeds, as all behind them do. */
static int answers[ANSWERS];
static int asked, sockets;
static int stale;        /* the errno that a call leaves which succeeds */
static union addr local; /* of every socket */
static char done[8192];

#define NOTE(...) text_add(done, sizeof done, __VA_ARGS__)

static int answer(void)
{
	const int error = asked < ANSWERS ? answers[asked] : 0;

	asked++;
	errno = error ? error : stale;
	return error ? -1 : 0;
}

static int note_call(const char *call, const struct sockaddr *addr, socklen_t len)
{
	union addr to = {0};
	char text[ADDR_TEXT];

	memcpy(&to, addr, len);
	NOTE("%s %s, ", call, addr_print(&to, text));
	return answer();
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_call_socket_untold(int family, int type);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
union addr __wrap_sock_local(int fd);
union addr __wrap_sock_peer(int fd);
unsigned __wrap_port_random(unsigned below);
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_call_socket_untold(int family, int type)
{
	NOTE("%s%s, ", family == AF_INET6 ? "socket6" : "socket", type == SOCK_DGRAM ? "" : "!");
	return answer() < 0 ? -1 : FIRST + sockets++;
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	return note_call("bind", addr, len);
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	return note_call("connect", addr, len);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int on = 0;

	(void)fd;
	memcpy(&on, value, len);
	NOTE("%s, ", level == SOL_SOCKET && name == SO_BROADCAST && on ? "broadcast" : "option");
	return answer();
}

union addr __wrap_sock_local(int fd)
{
	(void)fd;
	return local;
}

union addr __wrap_sock_peer(int fd)
{
	(void)fd;
	return addr_loopback(AF_INET, 81);
}

unsigned __wrap_port_random(unsigned below)
{
	return below == 65536 - 1024 ? 7 : 8;
}

int __wrap_close(int fd)
{
	if (fd < FIRST)
		return __real_close(fd);
	NOTE("close, ");
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static union addr addr_of(const char *host, unsigned port)
{
	union addr addr = {0};
	char why[ADDR_WHY];

	if (*host) {
		addr_read(host, strlen(host), &addr, why);
		addr_set_port(&addr, port);
	}
	return addr;
}

/* Those answers, the last of them 0. */
static void answers_are(int first, ...)
{
	va_list args;
	int i = 0;

	memset(answers, 0, sizeof answers);
	va_start(args, first);
	for (int error = first; error >= 0; error = va_arg(args, int))
		answers[i++] = error;
	va_end(args);
	*done = 0;
	asked = sockets = 0;
	local = addr_loopback(AF_INET, 4000);
}

/* What is done, and what is found. */
static const char *finds(const char *from, const char *to)
{
	static char all[16384];
	const union addr source = addr_of(from, 0), destination = addr_of(to, 80);
	struct route route;
	struct fault fault = {0};
	char one[ADDR_TEXT], two[ADDR_TEXT];

	if (route_find(&route, &destination, &source, &fault) == 0)
		snprintf(all, sizeof all, "%s= %s to %s%s", done, addr_print(&route.source, one),
		    addr_print(&route.destination, two), route.by_itself ? ", by itself" : "");
	else
		snprintf(all, sizeof all, "%s= %s%s", done, fault_call(fault.at),
		    fault.error == EADDRNOTAVAIL ? ": not available"
		    : fault.error == ENETUNREACH ? ": unreachable"
		    : fault.error == EADDRINUSE  ? ": in use"
		    : fault.error == EACCES      ? ": denied"
		    : fault.error == EMFILE      ? ": too many"
		    : fault.error == EAGAIN      ? ": no port"
						 : ": another");
	return all;
}

#define CHOSEN "socket, connect 127.0.0.1:80, close, "
#define AGAIN  "socket, connect 127.0.0.1:81, close, "
#define FROM_2 "socket, connect 127.0.0.2:9, close, socket, bind 127.0.0.2:0, "

static void the_kernel_chooses_a_source_and_says_whether_it_would_by_itself(void)
{
	answers_are(-1);
	CHECK_LINES(
	    finds("", "127.0.0.1"), CHOSEN AGAIN "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
	answers_are(0, 0, EMFILE, -1);
	CHECK_LINES(finds("", "127.0.0.1"), CHOSEN "socket, = 127.0.0.1:0 to 127.0.0.1:81");
	answers_are(0, 0, 0, ENETUNREACH, -1);
	CHECK_LINES(finds("", "127.0.0.1"), CHOSEN AGAIN "= 127.0.0.1:0 to 127.0.0.1:81");
	answers_are(-1);
	CHECK_LINES(finds("127.0.0.2", "127.0.0.1"), FROM_2
	    "connect 127.0.0.1:80, close, " AGAIN "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
	answers_are(-1);
	CHECK_LINES(finds("", "::1"),
	    "socket6, connect [::1]:80, close, " AGAIN "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
	answers_are(-1);
	CHECK_LINES(
	    finds("", "::ffff:127.0.0.1"), CHOSEN AGAIN "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
}

static void what_is_refused_is_told_with_its_call_and_nothing_stays_open(void)
{
	answers_are(EMFILE, -1);
	CHECK_LINES(finds("", "127.0.0.1"), "socket, = socket: too many");
	answers_are(0, ENETUNREACH, -1);
	CHECK_LINES(finds("", "127.0.0.1"), CHOSEN "= connect: unreachable");
	answers_are(0, 0, 0, EADDRNOTAVAIL, -1);
	CHECK_LINES(finds("127.0.0.2", "127.0.0.1"), FROM_2 "close, = bind: not available");
	answers_are(-1);
	CHECK_LINES(finds("", "224.0.0.1"), "socket, close, = connect: unreachable");
	answers_are(-1);
	CHECK_LINES(finds("", "ff02::1"), "socket6, close, = connect: unreachable");
	answers_are(-1);
	CHECK_LINES(finds("224.0.0.1", "127.0.0.1"),
	    "socket, connect 224.0.0.1:9, close, = bind: not available");
}

/* The kernel refuses a broadcast address with EACCES, and takes it where that was asked for. */
static void a_broadcast_address_is_unreachable_for_tcp_and_no_source(void)
{
	answers_are(0, EACCES, -1);
	CHECK_LINES(finds("", "10.0.0.255"),
	    "socket, connect 10.0.0.255:80, broadcast, connect 10.0.0.255:80, close, "
	    "= connect: unreachable");
	answers_are(0, EACCES, 0, EACCES, -1);
	CHECK_LINES(finds("", "10.0.0.255"),
	    "socket, connect 10.0.0.255:80, broadcast, connect 10.0.0.255:80, close, "
	    "= connect: denied");
	answers_are(0, EACCES, ENOPROTOOPT, -1);
	CHECK_LINES(finds("", "10.0.0.255"),
	    "socket, connect 10.0.0.255:80, broadcast, close, = connect: denied");
	answers_are(0, EACCES, -1);
	CHECK_LINES(finds("10.0.0.255", "127.0.0.1"),
	    "socket, connect 10.0.0.255:9, broadcast, connect 10.0.0.255:9, close, "
	    "= bind: not available");
}

static void what_a_call_leaves_that_succeeds_means_nothing(void)
{
	static const int errnos[] = {EACCES, EAGAIN, EADDRINUSE};

	for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++) {
		stale = errnos[i];
		answers_are(-1);
		CHECK_LINES(finds("127.0.0.2", "127.0.0.1"),
		    FROM_2 "connect 127.0.0.1:80, close, " AGAIN
			   "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
	}
	stale = 0;
}

/* Where UDP has no port to give, it stands at one of its own choice. */
static void where_no_port_is_given_another_is_asked_for(void)
{
	answers_are(0, EAGAIN, 0, 0, -1);
	CHECK_LINES(finds("", "127.0.0.1"),
	    "socket, connect 127.0.0.1:80, bind 0.0.0.0:1031, connect 127.0.0.1:80, close, " AGAIN
	    "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
	answers_are(0, EAGAIN, EADDRINUSE, EADDRNOTAVAIL, 0, ENETUNREACH, -1);
	CHECK_LINES(finds("", "127.0.0.1"),
	    "socket, connect 127.0.0.1:80, bind 0.0.0.0:1031, bind 0.0.0.0:1031, bind 0.0.0.0:1031, "
	    "connect 127.0.0.1:80, close, = connect: unreachable");
	answers_are(0, 0, 0, EADDRINUSE, EACCES, -1);
	CHECK_LINES(finds("127.0.0.2", "127.0.0.1"),
	    FROM_2 "bind 127.0.0.2:1031, bind 127.0.0.2:1031, connect 127.0.0.1:80, close, " AGAIN
		   "= 127.0.0.1:0 to 127.0.0.1:81, by itself");
}

/* The bind of port 0, and 64 more; of any port, 64. */
static void it_is_asked_for_64_times(void)
{
	const char *got;

	answers_are(-1);
	for (int i = 3; i < ANSWERS; i++)
		answers[i] = EADDRINUSE;
	got = finds("127.0.0.2", "127.0.0.1");
	CHECK(asked == 3 + 1 + 64 && strstr(got, "1031, close, = bind: in use"), "%d: %s", asked,
	    got);
	answers_are(0, EAGAIN, -1);
	for (int i = 2; i < ANSWERS; i++)
		answers[i] = EAGAIN;
	got = finds("", "127.0.0.1");
	CHECK(asked == 2 + 64 && strstr(got, "1031, close, = connect: no port"), "%d: %s", asked,
	    got);
}

/* What route_is_of_many says, and what is done for it. */
static const char *is_of_many(const char *source)
{
	static char all[16384];
	const union addr addr = addr_of(source, 0);
	const bool many = route_is_of_many(&addr);

	snprintf(all, sizeof all, "%s= %s", done, many ? "many" : "one");
	return all;
}

static void an_address_of_many_is_known_without_a_socket_where_it_can_be(void)
{
	static const struct {
		const char *source, *answer;
	} rows[] = {{"224.0.0.1", "socket, = many"}, {"ff02::1", "socket6, = many"},
	    {"255.255.255.255", "socket, = many"}, {"127.0.0.1", "socket, = one"},
	    {"::1", "socket6, = one"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		answers_are(EMFILE, -1);
		CHECK_LINES(is_of_many(rows[i].source), rows[i].answer);
	}
	answers_are(-1);
	CHECK_LINES(
	    is_of_many("255.255.255.255"), "socket, connect 255.255.255.255:9, close, = many");
	answers_are(0, ENETUNREACH, -1);
	CHECK_LINES(is_of_many("10.0.0.1"), "socket, connect 10.0.0.1:9, close, = one");
	answers_are(0, EACCES, 0, EACCES, -1);
	CHECK_LINES(is_of_many("10.0.0.255"),
	    "socket, connect 10.0.0.255:9, broadcast, connect 10.0.0.255:9, close, = one");
	answers_are(0, EACCES, -1);
	CHECK_LINES(is_of_many("10.0.0.255"),
	    "socket, connect 10.0.0.255:9, broadcast, connect 10.0.0.255:9, close, = many");
}

int main(void)
{
	TEST(the_kernel_chooses_a_source_and_says_whether_it_would_by_itself);
	TEST(what_is_refused_is_told_with_its_call_and_nothing_stays_open);
	TEST(a_broadcast_address_is_unreachable_for_tcp_and_no_source);
	TEST(what_a_call_leaves_that_succeeds_means_nothing);
	TEST(where_no_port_is_given_another_is_asked_for);
	TEST(it_is_asked_for_64_times);
	TEST(an_address_of_many_is_known_without_a_socket_where_it_can_be);
	return test_failures != 0;
}
