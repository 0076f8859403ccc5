/* ctest: os=Linux wrap=syscall */
/* os/linux/landlock: what is refused, by the version that a kernel has. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include "os/linux/landlock.h"
#include "tests/lib/test.h"

enum { CREATE = 444, RESTRICT = 446 };

static long version; /* of the kernel; -1: none */
static struct rights {
	uint64_t files, net, scope;
} asked;
static size_t asked_size;
static int restricted;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	va_list args;
	long result = -1;

	errno = EOPNOTSUPP;
	va_start(args, number);
	if (number == CREATE) {
		const struct rights *const rights = va_arg(args, const struct rights *);
		const size_t size = va_arg(args, size_t);
		if (!rights)
			result = version;
		else if (size <= sizeof asked) {
			asked = (struct rights){0};
			memcpy(&asked, rights, size);
			asked_size = size;
			result = dup(STDERR_FILENO);
		}
	} else if (number == RESTRICT) {
		restricted++;
		result = 0;
	}
	va_end(args);
	return result;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* linux/landlock.h: 13 rights of files first, then REFER, TRUNCATE, IOCTL_DEV; of the net bind and connect. */
static void all_that_a_kernel_can_refuse_is_refused(void)
{
	static const struct {
		long version;
		struct rights rights;
		size_t size;
	} rows[] = {
	    {1, {0x1fff, 0, 0}, 8},
	    {2, {0x3fff, 0, 0}, 8},
	    {3, {0x7fff, 0, 0}, 8},
	    {4, {0x7fff, 3, 0}, 16},
	    {5, {0xffff, 3, 0}, 16},
	    {6, {0xffff, 3, 3}, 24},
	    {9, {0xffff, 3, 3}, 24},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		version = rows[i].version;
		restricted = 0;
		CHECK(landlock_forbid() == 0 && restricted == 1, "version %ld", version);
		CHECK(asked.files == rows[i].rights.files && asked.net == rows[i].rights.net &&
			  asked.scope == rows[i].rights.scope && asked_size == rows[i].size,
		    "version %ld: %#llx, %llu, %llu in %zu", version,
		    (unsigned long long)asked.files, (unsigned long long)asked.net,
		    (unsigned long long)asked.scope, asked_size);
	}
}

static void a_kernel_without_it_refuses_nothing(void)
{
	restricted = 0;
	for (version = -1; version < 1; version++)
		CHECK(landlock_forbid() < 0 && restricted == 0, "version %ld", version);
}

int main(void)
{
	TEST(all_that_a_kernel_can_refuse_is_refused);
	TEST(a_kernel_without_it_refuses_nothing);
	return test_failures != 0;
}
