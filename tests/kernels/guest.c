/* What the scripts of a kernel's guest need, and busybox has not: another user, and sockets that stay.
 *     guest as UID COMMAND...     runs it as that user and group
 *     guest hold STEP...          makes the steps (as of `reuse try`), prints the port that P became and
 *                                 what each came to, and keeps the sockets until its standard input ends */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcp/trial.h"
#include "words/script.h"

enum { AWAY = 127 };

static int run_as(const char *uid, char **command)
{
	const unsigned number = (unsigned)strtoul(uid, NULL, 10);

	if (setgroups(0, NULL) < 0 || setgid(number) < 0 || setuid(number) < 0) {
		perror(uid);
		return AWAY;
	}
	execv(command[0], command);
	perror(command[0]);
	return AWAY;
}

static int hold(int count, char **steps)
{
	struct script script = {0};
	struct fault fault;
	char why[SCRIPT_WHY], text[TRIAL_TEXT], byte;

	for (int i = 0; i < count; i++)
		if (script_add(&script, steps[i], strlen(steps[i]), why) < 0) {
			fprintf(stderr, "%s\n", why);
			return 2;
		}
	const struct trial_plan plan = script_plan(&script, -1);
	struct trial *const trial = trial_begin(&plan, &fault);
	if (!trial) {
		fprintf(stderr, "trial_begin: %s\n", strerror(fault.error));
		return 1;
	}
	printf("%u", trial_port(trial, TRIAL_P));
	for (size_t i = 0; i < script.count; i++) {
		struct trial_result result;
		trial_step(trial, i, &result);
		printf(" %s", trial_text(&script.steps[i], &result, text));
	}
	printf("\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	return 0; /* without trial_end, so that TIME_WAITs stay */
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "as"))
		return run_as(argv[2], argv + 3);
	if (argc > 2 && !strcmp(argv[1], "hold"))
		return hold(argc - 2, argv + 2);
	fprintf(stderr, "usage: guest as UID COMMAND...\n       guest hold STEP...\n");
	return 2;
}
