/* ctest: os=Linux wrap=readlinkat */
/* os/linux/walk: processes whose descriptors may not be looked at are counted, those that end meanwhile are not. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/holder.h"
#include "tests/lib/test.h"

static int error; /* of each look at a descriptor; 0: none */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
ssize_t __real_readlinkat(int dir, const char *path, char *text, size_t size);
ssize_t __wrap_readlinkat(int dir, const char *path, char *text, size_t size);

ssize_t __wrap_readlinkat(int dir, const char *path, char *text, size_t size)
{
	if (!error || *path < '0' || *path > '9')
		return __real_readlinkat(dir, path, text, size);
	errno = error;
	return -1;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void only_what_may_not_be_looked_at_is_hidden(void)
{
	static const struct {
		int error;
		bool hidden;
	} rows[] = {{EACCES, true}, {EPERM, true}, {ENOENT, false}, {ESRCH, false}};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = addr_len(&addr);

	CHECK(fd >= 0 && bind(fd, &addr.any, len) == 0 && listen(fd, 1) == 0 &&
		  getsockname(fd, &addr.any, &len) == 0,
	    "errno %d", errno);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders;
		if (holders_read(&holders, HOLDERS_TCP, addr_port(&addr)) < 0) {
			CHECK(false, "errno %d", errno);
			continue;
		}
		error = rows[i].error;
		holders_know(&holders, true);
		error = 0;
		CHECK(holders.list[0].owner_count == 0, "found");
		CHECK((holders.hidden > 0) == rows[i].hidden, "row %zu: %zu hidden", i,
		    (size_t)holders.hidden);
		holders_free(&holders);
	}
	close(fd);
}

int main(void)
{
	if (geteuid() != 0) {
		printf("skip: others' processes are hidden from who is not root\n");
		return 77;
	}
	TEST(only_what_may_not_be_looked_at_is_hidden);
	return test_failures != 0;
}
