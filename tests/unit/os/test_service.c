/* Sockets handed over by a service manager, and READY=1. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/service.h"
#include "tcp/errname.h"
#include "tests/lib/test.h"

static void set(const char *pid, const char *count)
{
	char own[24];

	snprintf(own, sizeof own, "%ld", (long)getpid());
	setenv("LISTEN_PID", pid ? pid : own, 1);
	if (count)
		setenv("LISTEN_FDS", count, 1);
	else
		unsetenv("LISTEN_FDS");
	setenv("LISTEN_FDNAMES", "name", 1);
}

static void only_the_process_it_names_takes_over(void)
{
	static const struct {
		const char *pid;   /* NULL: its own */
		const char *count; /* NULL: not set */
		int want;
	} rows[] = {{NULL, "1", 1}, {NULL, "0", 0}, {NULL, "12", 12}, {"1", "1", 0}, {"", "1", 0},
	    {"x", "1", 0}, {"99999999999999999999", "1", 0}, {NULL, "", -1}, {NULL, "x", -1},
	    {NULL, "1x", -1}, {NULL, "-1", -1}, {NULL, " 1", -1}, {NULL, "2147483647", -1},
	    {NULL, "99999999999999999999", -1}, {NULL, NULL, 0}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set(rows[i].pid, rows[i].count);
		const int got = service_descriptors();
		CHECK(got == rows[i].want, "pid %s, %s: %d", rows[i].pid ? rows[i].pid : "own",
		    rows[i].count ? rows[i].count : "not set", got);
	}
	unsetenv("LISTEN_PID");
	CHECK(service_descriptors() == 0, "without variables");
}

static void the_variables_are_gone_whoever_they_were_for(void)
{
	static const char *const names[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};
	static const char *const pids[] = {NULL, "1"};

	for (size_t i = 0; i < 2; i++) {
		set(pids[i], "1");
		service_descriptors();
		for (size_t j = 0; j < 3; j++)
			CHECK(!getenv(names[j]), "%s is still '%s'", names[j], getenv(names[j]));
	}
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	CHECK(service_open() == -1 && errno == ENOENT, "%s", errname(errno));
	CHECK(!getenv("NOTIFY_SOCKET"), "NOTIFY_SOCKET is still there");
	CHECK(service_open() == SERVICE_NONE, "without NOTIFY_SOCKET");
}

static void what_does_not_accept_is_told_from_what_does(void)
{
	const int listener = socket(AF_INET, SOCK_STREAM, 0),
		  idle = socket(AF_INET, SOCK_STREAM, 0);
	const int six = socket(AF_INET6, SOCK_STREAM, 0), datagram = socket(AF_INET, SOCK_DGRAM, 0);
	const int local = socket(AF_UNIX, SOCK_STREAM, 0);
	int pipe_ends[2];

	CHECK(pipe(pipe_ends) == 0 && listen(listener, 1) == 0, "%s", errname(errno));
	const struct {
		const char *about;
		int fd, error;
	} rows[] = {{"a listening socket", listener, 0}, {"one that does not listen", idle, EINVAL},
	    {"a datagram socket", datagram, EOPNOTSUPP}, {"a local socket", local, EAFNOSUPPORT},
	    {"a pipe", pipe_ends[0], ENOTSOCK}, {"nothing", 1000, EBADF}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *why = service_take(rows[i].fd);
		const int error = why ? errno : 0;
		CHECK(error == rows[i].error, "%s: %s, %s", rows[i].about, errname(error),
		    why ? why : "ok");
	}
	CHECK(fcntl(listener, F_GETFD) == FD_CLOEXEC, "not close-on-exec");
	CHECK(fcntl(listener, F_GETFL) & O_NONBLOCK, "blocks");
	if (six >= 0) {
		CHECK(listen(six, 1) == 0 && !service_take(six), "an IPv6 socket");
		close(six);
	}
	close(listener);
	close(idle);
	close(datagram);
	close(local);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* A manager's socket by that name; then what it hears. */
static void hear(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const size_t len = strlen(name);
	char heard[64] = "";
	const int manager = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(addr.sun_path, name, len);
	if (*name == '@')
		addr.sun_path[0] = 0;
	const socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*name == '/'));
	if (bind(manager, (const struct sockaddr *)&addr, size) < 0) {
		CHECK(*name == '@', "%s: %s", name, errname(errno)); /* elsewhere than on Linux */
		close(manager);
		return;
	}
	setenv("NOTIFY_SOCKET", name, 1);
	const int fd = service_open();
	CHECK(fd >= 0, "%s: %s", name, errname(errno));
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC, "not close-on-exec");
	CHECK(service_tell(fd, "READY=1") == 0, "%s: %s", name, errname(errno));
	close(fd);
	CHECK(
	    recv(manager, heard, sizeof heard - 1, MSG_DONTWAIT) == 7, "%s: heard %s", name, heard);
	CHECK_TEXT(heard, "READY=1");
	close(manager);
	if (*name == '/')
		unlink(name);
}

static void the_manager_hears_that_it_is_ready(void)
{
	char name[64], most[sizeof((struct sockaddr_un *)0)->sun_path + 2];

	snprintf(name, sizeof name, "/tmp/reuse-test-%ld", (long)getpid());
	hear(name);
	name[0] = '@';
	hear(name);
	/* Of a path one byte is left for the NUL; an abstract name ends with its length. */
	for (size_t over = 0; over < 2; over++) {
		memset(most, 'x', sizeof most);
		most[0] = over ? '@' : '/';
		most[sizeof most - 2 + over] = 0;
		setenv("NOTIFY_SOCKET", most, 1);
		CHECK(
		    service_open() == -1 && errno == ENAMETOOLONG, "%zu: %s", over, errname(errno));
	}
	most[sizeof most - 2] = 0;
	hear(most);
	setenv("NOTIFY_SOCKET", "relative", 1);
	CHECK(service_open() == -1 && errno == EAFNOSUPPORT, "%s", errname(errno));
	setenv("NOTIFY_SOCKET", "", 1);
	CHECK(service_open() == SERVICE_NONE, "empty");
}

static void the_time_that_a_watching_manager_gives_is_read(void)
{
	static const struct {
		const char *us, *pid; /* NULL: not set; "": its own */
		int64_t want;
	} rows[] = {{"30000000", "", 30000000}, {"1", NULL, 1}, {NULL, "", 0}, {"0", "", 0},
	    {"3600000000", "", INT64_C(3600000000)}, /* WatchdogSec=1h */
	    {"31536000000000", "", INT64_C(31536000000000)}, {"30000000", "1", 0},
	    {"18446744073709551615", "", 0}, {"-1", "", 0}, {"1s", "", 0}, {"", "", 0}};
	char own[24];

	snprintf(own, sizeof own, "%ld", (long)getpid());
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].us)
			setenv("WATCHDOG_USEC", rows[i].us, 1);
		if (rows[i].pid)
			setenv("WATCHDOG_PID", *rows[i].pid ? rows[i].pid : own, 1);
		const int64_t got = service_watchdog_us();
		CHECK(got == rows[i].want, "%s us: %lld", rows[i].us ? rows[i].us : "no",
		    (long long)got);
		CHECK(!getenv("WATCHDOG_USEC") && !getenv("WATCHDOG_PID"), "still there");
	}
}

int main(void)
{
	TEST(only_the_process_it_names_takes_over);
	TEST(the_variables_are_gone_whoever_they_were_for);
	TEST(what_does_not_accept_is_told_from_what_does);
	TEST(the_manager_hears_that_it_is_ready);
	TEST(the_time_that_a_watching_manager_gives_is_read);
	return test_failures != 0;
}
