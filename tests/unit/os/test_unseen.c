/* ctest: os=Linux native wrap=geteuid wrap=caps_has wrap=readlink */
/* os/linux/unseen: why of some sockets no process was found, as who asks is and where. */
#include <errno.h>
#include <unistd.h>

#include "os/linux/caps.h"
#include "os/linux/know.h"
#include "tests/lib/test.h"

enum { KERNEL = 1u << UNSEEN_KERNEL }; /* it has them itself, where nothing else is in the way */

static uid_t euid;
static bool traces;
static const char *user_namespace, *pid_namespace; /* NULL: cannot be read */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
uid_t __wrap_geteuid(void);
bool __wrap_caps_has(unsigned capability);
ssize_t __wrap_readlink(const char *path, char *text, size_t size);

uid_t __wrap_geteuid(void)
{
	return euid;
}

bool __wrap_caps_has(unsigned capability)
{
	return capability != CAPS_SYS_PTRACE || traces;
}

ssize_t __wrap_readlink(const char *path, char *text, size_t size)
{
	const char *const to = strstr(path, "/user") ? user_namespace : pid_namespace;

	errno = EACCES;
	if (!to)
		return -1;
	const size_t len = strlen(to) < size ? strlen(to) : size;
	for (size_t i = 0; i < len; i++)
		text[i] = to[i]; /* no NUL, as of readlink */
	return (ssize_t)len;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static const char first_user[] = "user:[4026531837]", first_pid[] = "pid:[4026531836]";

static unsigned unseen_of(struct holders holders)
{
	unseen_find(&holders, true);
	return holders.unseen & ~(1u << UNSEEN_HIDEPID);
}

static void each_reason_is_told_where_it_may_be_one(void)
{
	static const struct {
		struct holders holders;
		uid_t euid;
		bool traces;
		const char *user, *pid;
		unsigned bits;
	} rows[] = {
	    {{.hidden = 1}, 1000, true, first_user, first_pid, 1u << UNSEEN_OTHERS},
	    {{.hidden = 0}, 1000, true, first_user, first_pid, KERNEL},
	    {{.hidden = 1}, 0, false, first_user, first_pid, 1u << UNSEEN_PTRACE},
	    {{.hidden = 0}, 0, false, first_user, first_pid, KERNEL},
	    {{.hidden = 1}, 0, true, first_user, first_pid, KERNEL},
	    {{.hidden = 1}, 0, true, "user:[1]", first_pid, 1u << UNSEEN_USER_NAMESPACE},
	    {{.hidden = 0}, 0, true, "user:[1]", first_pid, KERNEL},
	    {{.hidden = 1}, 0, true, NULL, NULL, KERNEL},
	    {{.hidden = 0}, 0, true, first_user, "pid:[1]", 1u << UNSEEN_PID_NAMESPACE},
	    {{.unsearched = 1}, 0, true, first_user, first_pid, 1u << UNSEEN_TIME},
	    {{.in_flight = 1}, 0, true, first_user, first_pid, 1u << UNSEEN_IN_FLIGHT},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		euid = rows[i].euid;
		traces = rows[i].traces;
		user_namespace = rows[i].user;
		pid_namespace = rows[i].pid;
		const unsigned bits = unseen_of(rows[i].holders);
		CHECK(bits == rows[i].bits, "row %zu: %#x, not %#x", i, bits, rows[i].bits);
	}
}

static void where_each_socket_has_its_process_nothing_is_unseen(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct holders holders = {0};
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = addr_len(&addr);

	euid = 0;
	traces = true;
	user_namespace = first_user;
	pid_namespace = first_pid;
	unseen_find(&holders, false);
	CHECK(holders.unseen == 0, "%#x", holders.unseen);
	CHECK(fd >= 0 && bind(fd, &addr.any, len) == 0 && listen(fd, 1) == 0 &&
		  getsockname(fd, &addr.any, &len) == 0 &&
		  holders_read(&holders, HOLDERS_TCP, addr_port(&addr)) == 0,
	    "errno %d", errno);
	holders_know(&holders, true);
	CHECK(holders.count == 1 && holders.list[0].owner_count == 1, "%zu sockets", holders.count);
	CHECK(!(holders.unseen & KERNEL), "%#x", holders.unseen);
	holders_free(&holders);
	close(fd);
}

int main(void)
{
	TEST(each_reason_is_told_where_it_may_be_one);
	TEST(where_each_socket_has_its_process_nothing_is_unseen);
	return test_failures != 0;
}
