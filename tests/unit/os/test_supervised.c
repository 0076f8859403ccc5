/* ctest: os=Linux native */
/* os/linux/supervise: the folder of a service, in which its supervisor runs. */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/holder.h"
#include "tests/lib/test.h"

enum { LONGEST = SUPERVISED - 2, PART = 100 }; /* a longer one may be cut: it is not told */

/* A supervisor called runsv, in the folder that it is in, whose child has the listeners of this process until the other end
 * of `line` is closed. It says when there is such a child. */
static pid_t supervise_here(int line)
{
	char byte;
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_NAME, "runsv");
	const pid_t child = fork();
	if (child == 0)
		_exit(write(line, "", 1) != 1 || read(line, &byte, 1) != 0);
	waitpid(child, NULL, 0);
	_exit(0);
}

/* Makes folders within `path`, a folder, until it is `len` long, and goes there. */
static bool go_into(char *path, size_t len)
{
	for (size_t at = strlen(path); at < len;) {
		/* Never a single letter left, which would be a slash. */
		const size_t left = len - at, part = left > PART + 1 ? PART : left;
		path[at] = '/';
		memset(path + at + 1, 'f', part - 1);
		path[at += part] = 0;
		if (mkdir(path, 0755) < 0)
			return false;
	}
	return chdir(path) == 0;
}

static void remove_all(char *path, size_t base)
{
	while (strlen(path) >= base) {
		rmdir(path);
		*strrchr(path, '/') = 0;
	}
}

/* What is told of the supervisor of the process that has the socket on `port`. */
static void read_name(unsigned port, char name[SUPERVISED])
{
	struct holders holders;

	name[0] = 0;
	if (holders_read(&holders, HOLDERS_TCP, port) < 0)
		return;
	holders_know(&holders, true);
	for (size_t i = 0; i < holders.process_count; i++)
		if (holders.processes[i].supervisor == SUPERVISOR_RUNIT)
			snprintf(name, SUPERVISED, "%s", holders.processes[i].supervised);
	holders_free(&holders);
}

static void the_folder_is_told_whole_or_not_at_all(void)
{
	for (size_t len = LONGEST; len <= LONGEST + 2; len++) {
		char path[SUPERVISED + 8] = "/tmp/reuse-supervised-XXXXXX", name[SUPERVISED];
		union addr addr = addr_loopback(AF_INET, 0);
		socklen_t size = sizeof addr.v4;
		int line[2];
		char byte;
		const size_t base = strlen(path);
		const int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (!mkdtemp(path) || !go_into(path, len) || bind(fd, &addr.any, size) < 0 ||
		    listen(fd, 1) < 0 || getsockname(fd, &addr.any, &size) < 0 ||
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0) {
			CHECK(false, "%s", strerror(errno));
			return;
		}
		const pid_t pid = supervise_here(line[1]);
		CHECK(read(line[0], &byte, 1) == 1, "no child");
		read_name(addr_port(&addr), name);
		if (len == LONGEST)
			CHECK_TEXT(name, path);
		else
			CHECK_TEXT(name, "");
		close(fd);
		shutdown(line[0], SHUT_WR);
		waitpid(pid, NULL, 0);
		close(line[0]);
		close(line[1]);
		if (chdir("/") == 0)
			remove_all(path, base);
	}
}

int main(void)
{
	TEST(the_folder_is_told_whole_or_not_at_all);
	return test_failures != 0;
}
