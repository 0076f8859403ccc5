/* Capabilities, no_new_privs, Landlock and a seccomp filter, each for itself: what one kernel lacks
 * does not take the others away. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "os/linux/caps.h"
#include "os/linux/filter.h"
#include "os/linux/landlock.h"

/* linux/seccomp.h. By default kernels before 5.16 slow down a filtered process's memory reads, to keep
 * code that it may not trust from speculating; there is none here. */
enum { SECCOMP_FILTER = 1, SECCOMP_SPEC_ALLOW = 4 };

struct call_filter {
	unsigned short count;
	const struct filter_step *steps;
};

/* Which machine's calls this program makes; FILTER_MACHINES: one that no filter is known for. */
static enum filter_machine machine(void)
{
#if defined __x86_64__ && !defined __ILP32__
	return FILTER_X86_64;
#elif defined __aarch64__ && !defined __ILP32__ && !defined __AARCH64EB__
	return FILTER_ARM64;
#else
	return FILTER_MACHINES;
#endif
}

static int forbid_calls(enum sandbox_role role)
{
	struct filter_step steps[FILTER_STEPS];
	struct call_filter program = {.steps = steps};

	if (machine() == FILTER_MACHINES) {
		errno = ENOTSUP;
		return -1;
	}
	program.count = (unsigned short)filter_write(machine(), role, (uint32_t)getpid(), steps);
	if (syscall(SYS_seccomp, SECCOMP_FILTER, SECCOMP_SPEC_ALLOW, &program) == 0)
		return 0;
	return errno == EINVAL ? (int)syscall(SYS_seccomp, SECCOMP_FILTER, 0, &program) : -1;
}

static void note(char without[SANDBOX_WITHOUT], const char *what, const char *why)
{
	const size_t n = strlen(without);

	snprintf(without + n, SANDBOX_WITHOUT - n, "%s%s (%s)", n ? ", " : "", what, why);
}

void sandbox_prepare(void)
{
	caps_bound();
}

void sandbox_enter(enum sandbox_role role, char without[SANDBOX_WITHOUT])
{
	*without = 0;
	if (caps_drop() < 0)
		note(without, "giving up capabilities", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		note(without, "no_new_privs", strerror(errno));
	if (INSTRUMENTED) {
		/* Their reports open files and use calls that no echo server does. */
		note(without, "Landlock and seccomp", "built with sanitizers or coverage");
		return;
	}
	if (landlock_forbid() < 0)
		note(without, "Landlock", strerror(errno));
	if (forbid_calls(role) < 0)
		note(without, "seccomp",
		    machine() == FILTER_MACHINES ? "none for this machine" : strerror(errno));
}

void sandbox_narrow(void)
{
	/* Where this one fails the first process's did, which has told of it. */
	if (!INSTRUMENTED && forbid_calls(SANDBOX_SERVER) < 0)
		return;
}
