#include <errno.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/read.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "words/report.h"
#include "words/start.h"

bool start_command(
    const struct command *command, struct common *into, int argc, char **argv, int *status)
{
	out_errnos(errname);
	if (!command_words(command, into, argc, argv, status))
		return false;
	if (into->explain) {
		call_trace = say_text;
		call_trace_traffic = into->verbose ? say_text : NULL;
	}
	if (into->json)
		json_start();
	return true;
}

int start_interim(void)
{
	const int interim = interim_open();

	if (interim < 0)
		report_call("pipe", errno);
	return interim;
}

int start_stop(enum status early)
{
	const int stop = stop_open((int)early);

	if (stop < 0)
		report_call("pipe", errno);
	return stop;
}
