/* ctest: os=Linux wrap=sock_diag_open wrap=sock_diag_ask wrap=fopen */
/* os/linux/holder: what is asked of a kernel whose answers are written down here, and of /proc/net where it has none. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "os/linux/sock_diag.h"
#include "tests/lib/test.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_sock_diag_open(void);
int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

static bool answers; /* whether sock_diag does */

int __wrap_sock_diag_open(void)
{
	errno = EACCES;
	return answers ? open("/dev/null", O_RDONLY) : -1;
}

/* An orphan over IPv4 and one over IPv6, of which only details tell how long the kernel tries. */
int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who)
{
	(void)fd;
	for (int i = 0; i < 2; i++) {
		const int family = i ? AF_INET6 : AF_INET;
		const struct holder orphan = {.state = HOLDER_FIN_WAIT1,
		    .local = addr_loopback(family, 80),
		    .peer = addr_loopback(family, 4000),
		    .trying = true,
		    .left_ms = 5,
		    .most_ms = query->details ? 1000 + family : -1,
		    .shut = query->details};
		if (query->states & 1 << HOLDER_FIN_WAIT1 &&
		    (query->family == AF_UNSPEC || query->family == family))
			each(who, &orphan);
	}
	return 0;
}

static int error4, error6; /* of /proc/net/tcp and tcp6; 0: it can be read */

FILE *__wrap_fopen(const char *path, const char *mode)
{
	static char listener[] =
	    "   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  "
	    "1000        0 77 1 0000000000000000 100 0 0 10 0\n";
	const bool is6 = !strcmp(path, "/proc/net/tcp6");

	if (!is6 && strcmp(path, "/proc/net/tcp") != 0)
		return __real_fopen(path, mode);
	errno = is6 ? error6 : error4;
	return errno ? NULL : fmemopen(listener, strlen(listener), "r");
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void of_orphans_of_both_families_is_asked_how_long_they_last(void)
{
	struct holders holders;

	answers = true;
	CHECK(holders_read(&holders, HOLDERS_TCP | HOLDERS_NO_BIND, 80) == 0, "errno %d", errno);
	CHECK(holders.count == 2, "%zu sockets", holders.count);
	for (size_t i = 0; i < holders.count; i++)
		CHECK(holders.list[i].shut &&
			  holders.list[i].most_ms == 1000 + holders.list[i].local.any.sa_family,
		    "%zu: %lld ms", i, (long long)holders.list[i].most_ms);
	holders_free(&holders);
}

/* A system without IPv6 has no file of it. */
static void without_sock_diag_the_files_are_read(void)
{
	static const struct {
		int error4, error6, result;
	} rows[] = {
	    {0, ENOENT, 0}, {0, EACCES, -1}, {0, EINVAL, -1}, {ENOENT, 0, -1}, {EMFILE, 0, -1}};

	answers = false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders holders;
		error4 = rows[i].error4;
		error6 = rows[i].error6;
		const int result = holders_read(&holders, HOLDERS_TCP, 0);
		CHECK(result == rows[i].result, "row %zu: %d", i, result);
		CHECK(result == 0 || errno == (error4 ? error4 : error6), "row %zu: errno %d", i,
		    errno);
		if (result == 0) {
			CHECK(holders.no_diag && holders.count == 1, "%zu sockets", holders.count);
			holders_free(&holders);
		}
	}
}

static void a_kernel_that_lacks_it_is_told_from_one_that_refuses(void)
{
	static const struct {
		int error;
		bool lacks;
	} rows[] = {{EAFNOSUPPORT, false}, {EPROTONOSUPPORT, true}, {ENOENT, true}, {EACCES, false},
	    {EPERM, false}, {EINVAL, false}, {EMFILE, false}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(sock_diag_lacks(rows[i].error) == rows[i].lacks, "errno %d", rows[i].error);
}

int main(void)
{
	TEST(of_orphans_of_both_families_is_asked_how_long_they_last);
	TEST(without_sock_diag_the_files_are_read);
	TEST(a_kernel_that_lacks_it_is_told_from_one_that_refuses);
	return test_failures != 0;
}
