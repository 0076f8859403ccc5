#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/inherited.h"

static bool closed[STDERR_FILENO + 1];
static void (*on_broken_pipe)(int), (*on_full_file)(int);

/* A descriptor that cannot be written to, without /dev/null too; or -1. */
static int open_stand_in(void)
{
	int ends[2];
	const int fd = open("/dev/null", O_RDONLY);

	if (fd >= 0 || pipe(ends) < 0)
		return fd;
	close(ends[1]);
	return ends[0];
}

int inherited_order(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open_stand_in() != fd)
			return -1;
		closed[fd] = true;
	}
	on_broken_pipe = signal(SIGPIPE, SIG_IGN);
	on_full_file = signal(SIGXFSZ, SIG_IGN); /* one that may not grow is a full disk */
	return 0;
}

bool inherited_closed(int fd)
{
	return fd >= 0 && fd <= STDERR_FILENO && closed[fd];
}

void inherited_restore(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (closed[fd])
			close(fd);
	signal(SIGPIPE, on_broken_pipe);
	signal(SIGXFSZ, on_full_file);
}
