/* ctest: os=Linux wrap=send wrap=recv wrap=socket wrap=setsockopt wrap=diag_parse wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* os/linux/sock_diag: a question to the kernel, read datagram by datagram until its answer ends. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/linux/sock_diag.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum { DATAGRAMS = 4, FULL = 65536, ASKED_BY = 55 };

/* What recv does, and what the datagram is found to be. */
struct datagram {
	ssize_t n;
	int error;
	enum diag_end end;
};

static const struct datagram *datagrams;
static int received, parsed, send_error, option_error, socket_error, received_by, flags_of_recv;
static size_t parsed_len[DATAGRAMS], received_room, sent_len;
static ssize_t sent_less;
static struct timeval patience;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags);
int __wrap_socket(int family, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
enum diag_end __wrap_diag_parse(
    const void *bytes, size_t len, enum diag_protocol protocol, diag_each *each, void *who);

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	CHECK(fd == ASKED_BY && bytes && flags == 0, "by %d, flags %d", fd, flags);
	sent_len = len;
	errno = send_error;
	return send_error ? -1 : (ssize_t)len - sent_less;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	received_by = fd;
	received_room = len;
	flags_of_recv = flags;
	if (!bytes || received == DATAGRAMS) {
		errno = EDOM; /* it reads on and on */
		return -1;
	}
	errno = datagrams[received].error;
	return datagrams[received++].n;
}

int __wrap_socket(int family, int type, int protocol)
{
	CHECK(family == AF_NETLINK && type == (SOCK_RAW | SOCK_CLOEXEC) && protocol == 4,
	    "%d, %d, %d", family, type, protocol);
	errno = socket_error;
	return socket_error ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	CHECK(fcntl(fd, F_GETFD) >= 0 && level == SOL_SOCKET && name == SO_RCVTIMEO &&
		  len == sizeof patience,
	    "%d, %d, %d", fd, level, name);
	memcpy(&patience, value, sizeof patience);
	errno = option_error;
	return option_error ? -1 : 0;
}

enum diag_end __wrap_diag_parse(
    const void *bytes, size_t len, enum diag_protocol protocol, diag_each *each, void *who)
{
	CHECK(
	    bytes && protocol == DIAG_UDP && !each && who == &parsed, "protocol %d", (int)protocol);
	parsed_len[parsed++] = len;
	if (datagrams[received - 1].end == DIAG_ERROR)
		errno = ENOENT;
	return datagrams[received - 1].end;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static int ask(const struct datagram *of)
{
	static const struct diag_query query = {
	    .protocol = DIAG_UDP, .family = AF_INET, .states = DIAG_ALL};

	datagrams = of;
	received = parsed = 0;
	errno = 0;
	const int result = sock_diag_ask(ASKED_BY, &query, NULL, &parsed);
	const int error = errno;
	CHECK(heap_pieces == 0, "%ld pieces left", heap_pieces);
	errno = error;
	return result;
}

static void an_answer_is_read_until_it_ends(void)
{
	static const struct {
		struct datagram datagrams[DATAGRAMS];
		int result, error, received, parsed;
	} rows[] = {
	    {{{20, 0, DIAG_DONE}}, 0, 0, 1, 1},
	    {{{20, 0, DIAG_MORE}, {1, 0, DIAG_MORE}, {FULL, 0, DIAG_DONE}}, 0, 0, 3, 3},
	    {{{20, 0, DIAG_ERROR}}, -1, ENOENT, 1, 1},
	    {{{20, 0, DIAG_MORE}, {20, 0, DIAG_ERROR}}, -1, ENOENT, 2, 2},
	    {{{-1, EINTR, DIAG_DONE}, {20, 0, DIAG_DONE}}, 0, 0, 2, 1},
	    {{{-1, EAGAIN, DIAG_DONE}}, -1, EAGAIN, 1, 0},
	    {{{20, 0, DIAG_MORE}, {-1, ENOBUFS, DIAG_DONE}}, -1, ENOBUFS, 2, 1},
	    {{{0, 0, DIAG_DONE}}, -1, EPROTO, 1, 0},
	    /* One that was cut. */
	    {{{FULL + 1, 0, DIAG_DONE}}, -1, EPROTO, 1, 0},
	};

	heap_left = -1;
	send_error = 0;
	sent_less = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int result = ask(rows[i].datagrams);
		CHECK(result == rows[i].result && (result == 0 || errno == rows[i].error),
		    "row %zu: %d, errno %d", i, result, errno);
		CHECK(received == rows[i].received && parsed == rows[i].parsed,
		    "row %zu: %d received, %d parsed", i, received, parsed);
		CHECK(
		    received_by == ASKED_BY && received_room == FULL && flags_of_recv == MSG_TRUNC,
		    "row %zu: by %d, %zu bytes, flags %#x", i, received_by, received_room,
		    (unsigned)flags_of_recv);
		for (int j = 0, at = 0; j < parsed; j++, at++) {
			at += rows[i].datagrams[at].n < 0;
			CHECK(parsed_len[j] == (size_t)rows[i].datagrams[at].n,
			    "row %zu: %zu bytes", i, parsed_len[j]);
		}
	}
}

static void a_question_that_did_not_go_out_whole_has_no_answer(void)
{
	static const struct datagram done[DATAGRAMS] = {{20, 0, DIAG_DONE}};

	heap_left = -1;
	send_error = EPERM;
	CHECK(ask(done) == -1 && errno == EPERM && received == 0, "errno %d", errno);
	send_error = 0;
	sent_less = 1;
	CHECK(ask(done) == -1 && received == 0 && sent_len > 0, "%d received", received);
	sent_less = 0;
	heap_left = 0;
	sent_len = 0;
	CHECK(ask(done) == -1 && errno == ENOMEM && received == 0 && sent_len == 0, "errno %d",
	    errno);
	heap_left = -1;
}

static void a_socket_waits_five_seconds_or_is_none(void)
{
	const int next = dup(STDOUT_FILENO);

	close(next);
	option_error = socket_error = 0;
	const int fd = sock_diag_open();
	CHECK(fd == next && patience.tv_sec == 5 && patience.tv_usec == 0, "%d, %ld s", fd,
	    (long)patience.tv_sec);
	close(fd);
	option_error = EPERM;
	CHECK(sock_diag_open() == -1 && errno == EPERM, "errno %d", errno);
	CHECK(fcntl(next, F_GETFD) < 0, "%d is left open", next);
	socket_error = EPROTONOSUPPORT;
	option_error = 0;
	CHECK(sock_diag_open() == -1 && errno == EPROTONOSUPPORT, "errno %d", errno);
}

static void a_kernel_without_it_is_told_from_one_that_refuses(void)
{
	CHECK(sock_diag_lacks(EPROTONOSUPPORT) && sock_diag_lacks(ENOENT), "not lacking");
	CHECK(!sock_diag_lacks(EPERM) && !sock_diag_lacks(EAFNOSUPPORT) && !sock_diag_lacks(0) &&
		  !sock_diag_lacks(EINVAL),
	    "lacking");
}

int main(void)
{
	TEST(an_answer_is_read_until_it_ends);
	TEST(a_question_that_did_not_go_out_whole_has_no_answer);
	TEST(a_socket_waits_five_seconds_or_is_none);
	TEST(a_kernel_without_it_is_told_from_one_that_refuses);
	return test_failures != 0;
}
