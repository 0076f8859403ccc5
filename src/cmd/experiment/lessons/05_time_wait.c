#include <stdio.h>

#include "cmd/experiment/listed.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"

enum { MINUTE_MS = 60000 };

/* Whether the server's port is in TIME_WAIT as a local one, and for how long. */
static void show_timewait(struct stage *stage, bool expected_here)
{
	const unsigned port = stage->ports[TRIAL_P];
	const int64_t left_ms = listed_timewait_ms(port);
	const union addr here = addr_loopback(AF_INET, port);
	char seconds[VIEW_RESULT];

	if (left_ms < 0)
		return; /* this system does not tell */
	if (left_ms == 0 && expected_here && !port_is_free(&here)) {
		/* Some tell of other sockets alone (gVisor); whose else is it, with all closed? */
		stage_observe(
		    stage, "not listed", "not listed", "the server's end, which has the port");
		return;
	}
	if (left_ms == 0 && expected_here && listed_timewait_full() > 0) {
		stage_skip(stage,
		    "this network keeps no more TIME_WAITs, so this one was dropped: sudo sysctl "
		    "net.ipv4.tcp_max_tw_buckets=65536");
		return;
	}
	stage_observe(stage, expected_here ? "yes" : "no", left_ms > 0 ? "yes" : "no",
	    "is the server's end in TIME_WAIT");
	if (left_ms == 0)
		return;
	snprintf(seconds, sizeof seconds, "%.1f s", (double)left_ms / 1000);
	stage_judge(stage, left_ms > MINUTE_MS / 2 && left_ms <= MINUTE_MS + 1000, "up to 60 s",
	    seconds, "how long it still lasts");
}

static void timewait_in_server(struct stage *stage)
{
	show_timewait(stage, true);
}

static void timewait_not_in_server(struct stage *stage)
{
	show_timewait(stage, false);
}

const struct experiment experiment_time_wait = {
    .number = 5,
    .name = "time-wait",
    .headline = "restart a server while its old connections linger",
    .about =
	"The end that closes a connection first keeps it for a minute, in TIME_WAIT, so that a "
	"late packet cannot disturb a later connection with the same four-tuple. A server that "
	"is stopped closes first, so its port is taken for a minute afterwards: the \"Address "
	"already in use\" that everybody meets once. SO_REUSEADDR prevents it, if it was set beforehand.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1 --no-reuseaddr --no-reuseport",
	    "2$ reuse connect 127.0.0.1 0 127.0.0.1 3000",
	    "   # ctrl-c in 1, then the same again there: Address already in use",
	    "2$ reuse why 127.0.0.1:3000",
	    "   # after a minute, with both options; they may now be stopped and started:",
	    "1$ reuse listen 3000 127.0.0.1",
	},
    .parts =
	{
	    {
		.title = "Without any option: the server closes first, then starts again",
		.question =
		    {
			.text = "The server (a, s) is gone, nobody has a socket open. Can a new "
				"one, b, bind its port?",
			.answers = {"yes", "no, for a minute"},
			.right = 1,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P"},
			{.step = "a listen"},
			{.step = "c connect 127.0.0.1:P"},
			{.step = "s accept a"},
			{.step = "a close"},
			{.step = "s close"},
			{.step = "c close"},
			{.run = timewait_in_server},
			{.step = "b bind 127.0.0.1:P"},
		    },
	    },
	    {
		.title = "With SO_REUSEADDR on the new server alone",
		.question =
		    {
			.text =
			    "The old server had no option, the new one sets SO_REUSEADDR. Is that enough here?",
			.answers = {"yes", "no, the old one needed it too"},
			.right = 1,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P"},
			{.step = "a listen"},
			{.step = "c connect 127.0.0.1:P"},
			{.step = "s accept a"},
			{.step = "a close"},
			{.step = "s close"},
			{.step = "c close"},
			{.run = timewait_in_server},
			{.step = "b bind 127.0.0.1:P reuseaddr"},
		    },
		.lesson = "The TIME_WAIT keeps the options of its socket.",
	    },
	    {
		.title = "With SO_REUSEADDR on both",
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P reuseaddr"},
			{.step = "a listen"},
			{.step = "c connect 127.0.0.1:P"},
			{.step = "s accept a"},
			{.step = "a close"},
			{.step = "s close"},
			{.step = "c close"},
			{.run = timewait_in_server},
			{.step = "b bind 127.0.0.1:P reuseaddr"},
			{.step = "b listen"},
		    },
		.lesson = "The TIME_WAIT is still there, but no longer in the way.",
	    },
	    {
		.title = "Without any option, but the client closes first",
		.question =
		    {
			.text =
			    "This time the client closes first, then the server stops. Can b bind the port now?",
			.answers = {"yes", "no, for a minute"},
			.right = 0,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P"},
			{.step = "a listen"},
			{.step = "c connect 127.0.0.1:P"},
			{.step = "s accept a"},
			{.step = "c close"},
			{.step = "s close"},
			{.step = "a close"},
			{.run = timewait_not_in_server},
			{.step = "b bind 127.0.0.1:P"},
			{.step = "b listen"},
		    },
		.lesson = "Now the TIME_WAIT is at the client's end, on a port that nobody needs.",
	    },
	},
    .remember =
	"The end that closes first gets the TIME_WAIT; a server should set SO_REUSEADDR before every "
	"bind, from the first start on.",
};
