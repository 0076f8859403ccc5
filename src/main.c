/* Finds the command and runs it; nothing else. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/say.h"

/* A descriptor from 0 to 2 that the caller left closed must not become a socket. The stand-in
 * cannot be written to: a closed stdout still ends the program. */
static void hold_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
	hold_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

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
