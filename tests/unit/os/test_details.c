/* ctest: os=Linux */
/* os/linux/details: the name of a process, from a folder as /proc has them. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "tests/lib/test.h"

static void check_name(int dir, const char *comm, const char *name)
{
	const int fd = openat(dir, "comm", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char program[HOLDER_PROGRAM];

	CHECK(write(fd, comm, strlen(comm)) == (ssize_t)strlen(comm), "not written");
	close(fd);
	memset(program, '?', sizeof program);
	details_program(dir, program);
	CHECK_TEXT(program, name);
}

static void a_process_has_the_name_that_it_calls_itself(void)
{
	char path[] = "/tmp/details.XXXXXX", program[HOLDER_PROGRAM];
	const int dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY) : -1;

	if (dir < 0) {
		CHECK(false, "no folder");
		return;
	}
	memset(program, '?', sizeof program);
	details_program(dir, program);
	CHECK_TEXT(program, "");
	check_name(dir, "server\n", "server");
	check_name(dir, "a\n", "a");
	check_name(dir, "\n", "");
	check_name(dir, "", "");
	unlinkat(dir, "comm", 0);
	close(dir);
	rmdir(path);
}

int main(void)
{
	TEST(a_process_has_the_name_that_it_calls_itself);
	return test_failures != 0;
}
