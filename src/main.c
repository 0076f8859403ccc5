/* Finds the command and runs it; nothing else. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/say.h"

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

/* A descriptor from 0 to 2 that the caller left closed must not become a socket. Returns 0, or -1. */
static int hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open_stand_in() != fd)
			return -1;
	return 0;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
	if (hold_standard_descriptors() < 0)
		return STATUS_FAIL;
	signal(SIGPIPE, SIG_IGN);

	const struct command *command = argc > 0 ? command_find(base(argv[0])) : NULL;
	if (command)
		return command->run(argc, argv);
	/* Of options the program itself has those of help, of which --help asks for the overview. */
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help.run(1, argv);
	if (argv[1][0] == '-') {
		for (int i = 2; i < argc; i++)
			if (command_find(argv[i])) {
				say("%s: options stand behind the command: reuse %s %s",
				    say_quote(argv[1]), argv[i], say_quote(argv[1]));
				return STATUS_USAGE;
			}
		return cmd_help.run(argc, argv);
	}
	command = command_find(argv[1]);
	if (command)
		return command->run(argc - 1, argv + 1);

	return command_unknown(argv[1]);
}
