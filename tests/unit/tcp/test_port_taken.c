/* ctest: core wrap=bind wrap=sock_local wrap=option_set */
/* tcp/port: which ports are taken, whatever is in use and whatever bind says of it. The kernel is simulated. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/sock.h"
#include "tests/lib/open.h"
#include "tests/lib/test.h"

enum { ANY = -1, USED = 6, ROW = 6, DRAWS = 200, DESCRIPTORS = 64, TIMES = 5 };

/* What bind says of a port: of a type and a family, or of ANY. Ends with the first without an error. */
struct used {
	int port, type, family, error;
};

static struct kernel {
	struct used used[USED];
	unsigned low, high;    /* ports that it gives out */
	unsigned gives[TIMES]; /* in turn, the last one again and again */
	int refuses;           /* the errno of asking for a range */
	bool heeds_none;       /* a range is taken and not heeded */
} kernel;

static unsigned given, asked_for; /* so many were; that one port alone */
static int binds[3];              /* asked of: datagrams, streams of IPv4, of IPv6 */
static bool dual, heard;          /* an IPv6 socket that would take IPv4 as well */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);
union addr __wrap_sock_local(int fd);
int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static int error_of(int port, int type, int family)
{
	for (const struct used *used = kernel.used; used < kernel.used + USED && used->error;
	     used++)
		if ((used->port == ANY || used->port == port) &&
		    (used->type == ANY || used->type == type) &&
		    (used->family == ANY || used->family == family))
			return used->error;
	return 0;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
	union addr addr = {0};
	int type = 0, only = 0;
	socklen_t size = sizeof type;

	memcpy(&addr, address, len);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	const int family = addr.any.sa_family;
	const int port = (int)(asked_for && !kernel.heeds_none ? asked_for : addr_port(&addr));
	if (family == AF_INET6) {
		size = sizeof only;
		getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size);
		dual |= !only;
	}
	binds[type == SOCK_DGRAM ? 0 : family == AF_INET ? 1 : 2]++;
	errno = error_of(port, type, family);
	if (asked_for && !kernel.heeds_none && (asked_for < kernel.low || asked_for > kernel.high))
		errno = EADDRINUSE;
	if (errno)
		asked_for = 0;
	return errno ? -1 : 0;
}

union addr __wrap_sock_local(int fd)
{
	unsigned port = asked_for;

	(void)fd;
	if (!asked_for || kernel.heeds_none) {
		port = kernel.gives[given];
		given += given + 1 < TIMES && kernel.gives[given + 1];
	}
	asked_for = 0;
	return addr_loopback(AF_INET, port);
}

int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault)
{
	const int64_t value = setting->value;

	(void)fd;
	CHECK(setting->option == OPTION_PORT_RANGE && value >> 16 == (value & 0xffff), "%llx",
	    (unsigned long long)value);
	heard |= call_trace != NULL;
	fault->error = errno = kernel.refuses;
	if (kernel.refuses)
		return -1;
	asked_for = (unsigned)value & 0xffff;
	return 0;
}

static void hear(const char *line)
{
	(void)line;
	heard = true;
}

static void begin_kernel(const struct kernel *now)
{
	kernel = *now;
	given = asked_for = 0;
	memset(binds, 0, sizeof binds);
	dual = heard = false;
	call_trace = hear;
	errno = 0;
}

static void a_port_is_free_where_bind_takes_it_or_has_no_such_address(void)
{
	static const struct {
		int error;
		bool free;
	} rows[] = {{0, true}, {EADDRNOTAVAIL, true}, {EAFNOSUPPORT, true}, {EADDRINUSE, false},
	    {EACCES, false}, {ENOMEM, false}};
	const union addr v4 = addr_any(AF_INET, 5), v6 = addr_any(AF_INET6, 5);
	const int open = open_count(0, DESCRIPTORS);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin_kernel(&(struct kernel){.used = {{5, SOCK_STREAM, ANY, rows[i].error}}});
		CHECK(port_is_free(&v4) == rows[i].free, "row %zu", i);
		CHECK(port_is_free(&v6) == rows[i].free, "row %zu, IPv6", i);
		CHECK(!dual, "IPv4 is asked of by the socket of IPv6");
	}
	CHECK(open_count(0, DESCRIPTORS) == open, "descriptors are left open");
}

/* Takes one; its number, or 0 with `errno`. It holds a lock or none. */
static unsigned take(bool locked)
{
	struct port port = {0};

	if (port_take(&port) < 0)
		return 0;
	CHECK((port.lock >= 20) == locked && (port.lock >= 0) == locked, "lock %d", port.lock);
	CHECK(!locked || fcntl(port.lock, F_GETFD) & FD_CLOEXEC, "not close-on-exec");
	const unsigned number = port.number;
	port_give_back(&port);
	return number;
}

static void a_port_is_taken_where_the_kernel_gives_none_out(void)
{
	static const struct {
		unsigned avoid_low, avoid_high, from, to, or_from, or_to;
	} rows[] = {
	    {32768, 60999, 15000, 32767, 0, 0}, {1024, 14999, 15000, 32767, 0, 0},
	    {10000, 65535, 1024, 9999, 0, 0}, {0, 65533, 65534, 65535, 0, 0},
	    {1025, 65534, 1024, 1024, 65535, 65535}, {1026, 65535, 1024, 1025, 0, 0},
	    {32767, 65534, 1024, 32766, 65535, 65535}, {1025, 15000, 15001, 65535, 1024, 1024},
	    {1024, 65535, 15000, 32767, 0, 0}, /* there is no other */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool low = false, high = false;
		begin_kernel(&(struct kernel){0});
		port_avoid(rows[i].avoid_low, rows[i].avoid_high);
		for (int draw = 0; draw < DRAWS; draw++) {
			const unsigned n = take(true);
			const bool first = n >= rows[i].from && n <= rows[i].to;
			CHECK(first || (n >= rows[i].or_from && n <= rows[i].or_to), "row %zu: %u",
			    i, n);
			low |= n <= (rows[i].from + rows[i].to) / 2;
			high |= n > (rows[i].from + rows[i].to) / 2;
		}
		CHECK(low && high == (rows[i].from != rows[i].to || rows[i].or_to), "row %zu: half",
		    i);
	}
	port_avoid(32768, 60999);
}

static void a_port_is_taken_only_where_nobody_has_it(void)
{
	static const struct {
		struct used used;
		int error; /* 0: a port is taken, */
		bool locked;
		int datagrams; /* asked for so often */
	} rows[] = {
	    {{0, 0, 0, 0}, 0, true, 1},
	    {{ANY, SOCK_DGRAM, ANY, EADDRINUSE}, EADDRINUSE, true, 6000},
	    {{ANY, SOCK_DGRAM, ANY, EMFILE}, EMFILE, true, 3},
	    {{ANY, SOCK_DGRAM, ANY, ENFILE}, ENFILE, true, 3},
	    {{ANY, SOCK_DGRAM, ANY, EACCES}, 0, false, 1},
	    {{ANY, SOCK_STREAM, AF_INET, EADDRINUSE}, EADDRINUSE, true, 6000},
	    {{ANY, SOCK_STREAM, AF_INET6, EADDRINUSE}, EADDRINUSE, true, 6000},
	    {{ANY, SOCK_STREAM, ANY, EACCES}, EACCES, true, 6000},
	    {{ANY, SOCK_STREAM, ANY, ENOMEM}, ENOMEM, true, 3},
	    {{ANY, SOCK_STREAM, AF_INET6, EAFNOSUPPORT}, 0, true, 1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int open = open_count(0, DESCRIPTORS);
		begin_kernel(&(struct kernel){.used = {rows[i].used}});
		const unsigned number = take(rows[i].locked);
		const int error = errno;
		CHECK((number == 0) == (rows[i].error != 0), "row %zu: %u", i, number);
		CHECK(
		    rows[i].error == 0 || error == rows[i].error, "row %zu: %s", i, errname(error));
		CHECK(binds[0] <= rows[i].datagrams, "row %zu: asked %d times", i, binds[0]);
		CHECK(open_count(0, DESCRIPTORS) == open, "row %zu: descriptors are left open", i);
	}
}

static void a_row_is_of_ports_that_the_kernel_gives_out(void)
{
	static const struct {
		struct kernel kernel;
		int count;
		unsigned first; /* 0: none, because of */
		int error;
	} rows[] = {
	    {{.low = 40000, .high = 40009, .gives = {40000}}, 4, 40000, 0},
	    {{.low = 40000, .high = 40003, .gives = {40000}}, 4, 40000, 0},
	    {{.low = 40000, .high = 40009, .gives = {40007}}, 3, 40007, 0},
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40000},
		 .used = {{40001, SOCK_DGRAM, ANY, EADDRINUSE}}},
		4, 40002, 0},
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40000},
		 .used = {{40002, SOCK_STREAM, AF_INET6, EADDRINUSE}}},
		4, 40003, 0},
	    /* The last one is asked for first. */
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40000},
		 .used = {{40003, SOCK_STREAM, AF_INET, EADDRINUSE}}},
		4, 40004, 0},
	    /* Behind the last row of the range, and then before it. */
	    {{.low = 40000, .high = 40009, .gives = {40008, 40008, 40001}}, 4, 40001, 0},
	    {{.low = 65530, .high = 65535, .gives = {65532}}, 4, 65532, 0},
	    {{.low = 65530, .high = 65535, .gives = {65533, 65533, 65531}}, 4, 65531, 0},
	    {{.low = 40000, .high = 40002, .gives = {40000}}, 4, 0, EADDRINUSE},
	    {{.low = 40000, .high = 40009, .gives = {40000}, .heeds_none = true}, 4, 0, EADDRINUSE},
	    {{.low = 40000, .high = 40009, .gives = {40000}, .refuses = ENOPROTOOPT}, 4, 0,
		EADDRINUSE},
	    /* Where a stranger has what was given out, the next one tells. */
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40009, 40002},
		 .used = {{40009, ANY, ANY, EADDRINUSE}}},
		4, 40002, 0},
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40000},
		 .used = {{40002, SOCK_DGRAM, ANY, EMFILE}}},
		4, 0, EMFILE},
	    {{.low = 40000,
		 .high = 40009,
		 .gives = {40000},
		 .used = {{0, SOCK_STREAM, ANY, ENOMEM}}},
		4, 0, EADDRINUSE},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct port ports[ROW] = {{0}};
		const int open = open_count(0, DESCRIPTORS);
		begin_kernel(&rows[i].kernel);
		const int result = port_take_row(ports, rows[i].count);
		const int error = errno;
		CHECK(result == (rows[i].first ? 0 : -1), "row %zu: %s", i, errname(error));
		CHECK(result == 0 || error == rows[i].error, "row %zu: %s", i, errname(error));
		CHECK(call_trace == hear && !heard, "row %zu: somebody heard", i);
		for (int n = 0; n < rows[i].count && result == 0; n++) {
			CHECK(ports[n].number == rows[i].first + (unsigned)n && ports[n].lock >= 0,
			    "row %zu: %u", i, ports[n].number);
			port_give_back(&ports[n]);
		}
		CHECK(binds[1] < 40000, "row %zu: %d looks", i, binds[1]);
		CHECK(open_count(0, DESCRIPTORS) == open, "row %zu: descriptors are left open", i);
	}
}

int main(void)
{
	TEST(a_port_is_free_where_bind_takes_it_or_has_no_such_address);
	TEST(a_port_is_taken_where_the_kernel_gives_none_out);
	TEST(a_port_is_taken_only_where_nobody_has_it);
	TEST(a_row_is_of_ports_that_the_kernel_gives_out);
	return test_failures != 0;
}
