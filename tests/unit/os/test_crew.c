/* os/crew: the pipes of processes that work together. */
#include <fcntl.h>
#include <unistd.h>

#include "os/crew.h"
#include "tests/lib/test.h"

static bool is_closed_by_exec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static void no_other_program_gets_a_pipe_of_it(void)
{
	struct crew crew;
	struct member member;

	if (crew_open(&crew) < 0) {
		CHECK(false, "no pipe");
		return;
	}
	CHECK(is_closed_by_exec(crew.stop) && is_closed_by_exec(crew.order), "first process");
	const int forked = crew_fork(&crew, &member);
	if (forked == 1)
		_exit(is_closed_by_exec(crew.stop) && is_closed_by_exec(member.report) ? 0 : 1);
	CHECK(forked == 0 && is_closed_by_exec(member.report), "its report");
	const int status = crew_reap(&member);
	CHECK(status == 0, "member: %#x", (unsigned)status);
	crew_close(&crew);
}

int main(void)
{
	TEST(no_other_program_gets_a_pipe_of_it);
	return test_failures != 0;
}
