/* ctest: os=Linux native */
/* os/linux/trace_process: whether a program would have got privileges from its file. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/linux/trace_thread.h"
#include "tests/lib/again.h"
#include "tests/lib/test.h"

enum { OTHER = 65534, SKIP = 77 };

static const char *copy; /* of this program, in a folder of its own */

static void give_capability(void)
{
	static const uint32_t bind_service[5] = {0x02000000, 1u << 10}; /* struct vfs_cap_data */

	if (setxattr(copy, "security.capability", bind_service, sizeof bind_service, 0) < 0) {
		printf("skip: no capability for a file\n");
		exit(SKIP);
	}
}

static void make_copy(void)
{
	static char bytes[65536];
	const int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int to = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(from, bytes, sizeof bytes)) > 0)
		if (write(to, bytes, (size_t)n) != n)
			abort();
	close(from);
	close(to);
}

/* Whether the copy, run, is privileged. */
static bool run_copy(void)
{
	struct again again;

	if (!again_start(&again, copy, (const char *[]){copy, "wait", NULL})) {
		printf("skip: no program can be run in /tmp\n");
		exit(SKIP);
	}
	const bool is = trace_privileged(again.pid);
	again_end(&again);
	return is;
}

static void files_that_give_privileges_are_told(void)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool capable, privileged;
	} rows[] = {
	    {0, 0, 0755, false, false},
	    {OTHER, OTHER, 0755, false, false},
	    {0, 0, 06755, false, false}, /* what it is already */
	    {OTHER, 0, 04755, false, true},
	    {0, OTHER, 04755, false, false},
	    {0, OTHER, 02755, false, true},
	    {OTHER, 0, 02755, false, false},
	    {0, 0, 0755, true, true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		make_copy();
		if (chown(copy, rows[i].uid, rows[i].gid) < 0 || chmod(copy, rows[i].mode) < 0) {
			printf("skip: no file of another user\n");
			exit(SKIP);
		}
		if (rows[i].capable)
			give_capability();
		CHECK(run_copy() == rows[i].privileged, "row %zu", i);
		unlink(copy);
	}
}

static void a_process_that_is_gone_has_none(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	CHECK(!trace_privileged(pid), "of %ld", (long)pid);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/reuse-privileged-XXXXXX", path[64];

	(void)argv;
	if (argc > 1)
		return again_wait();
	TEST(a_process_that_is_gone_has_none);
	if (geteuid() != 0 || getegid() != 0) {
		printf("skip: needs root\n");
		return test_failures ? 1 : SKIP;
	}
	if (!mkdtemp(folder) || chmod(folder, 0755) < 0)
		return 1;
	snprintf(path, sizeof path, "%s/copy", folder);
	copy = path;
	TEST(files_that_give_privileges_are_told);
	unlink(copy);
	rmdir(folder);
	return test_failures != 0;
}
