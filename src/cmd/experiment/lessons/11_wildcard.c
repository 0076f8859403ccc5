#include <poll.h>

#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/sock.h"

enum { WILDCARD_WAIT_MS = 10000, SOCKETS = 4 };

static const char *const names[SOCKETS] = {"w", "e", "m", "v"};

/* Which listener has the connection that was made just now; takes it out of its queue. */
static void find_hearer(struct stage *stage, const char *expected)
{
	struct pollfd fds[SOCKETS];
	const char *result = "nobody";

	for (int i = 0; i < SOCKETS; i++)
		fds[i] = (struct pollfd){.fd = stage_fd(stage, names[i]), .events = POLLIN};
	if (call_poll(fds, SOCKETS, WILDCARD_WAIT_MS) > 0)
		for (int i = 0; i < SOCKETS; i++)
			if (fds[i].revents & POLLIN) {
				const int fd = call_accept(fds[i].fd, NULL);
				if (fd >= 0)
					sock_reset(fd);
				result = names[i];
			}
	stage_observe(stage, stage_linux(expected), result, "who receives it");
}

static void hears_w(struct stage *stage)
{
	find_hearer(stage, "w");
}

static void hears_e(struct stage *stage)
{
	find_hearer(stage, "e");
}

static void hears_m(struct stage *stage)
{
	find_hearer(stage, "m");
}

static void hears_v(struct stage *stage)
{
	find_hearer(stage, "v");
}

const struct experiment experiment_wildcard = {
    .number = 11,
    .name = "wildcard",
    .headline = "who receives when 0.0.0.0, 127.0.0.1 and :: all listen",
    .about =
	"Several listeners on one port may all match a connection: one on its exact address, one "
	"on 0.0.0.0, one on :: which accepts IPv4 as well. The kernel gives it to the best match, whichever "
	"came first. So a forgotten process on a more specific address takes the "
	"traffic of a server, and a server on :: may miss all of IPv4.",
    .by_hand =
	{
	    "1$ reuse listen 3000 0.0.0.0",
	    "2$ reuse listen 3000 127.0.0.1",
	    "3$ reuse listen 3000 :: --no-v6only",
	    "4$ reuse connect 127.0.0.1 0 127.0.0.1 3000",
	    "   # ctrl-c where it was received, then 4 again: who is next?",
	    "5$ reuse why 3000",
	},
    .parts =
	{
	    {
		.title = "Can they share the port?",
		.needs = NEED_IPV6,
		.steps =
		    {
			{.step = "w bind 0.0.0.0:P"},
			{.step = "e bind 127.0.0.1:P"},
			{.step = "v bind [::]:P no-v6only"},
			{.step = "x bind [::]:P v6only"},
			{.step = "y bind [::1]:P"},
		    },
		.lesson =
		    ":: overlaps all of IPv4, unless IPV6_V6ONLY is set; addresses that overlap "
		    "need SO_REUSEPORT on both.",
	    },
	    {
		.title = "All listen, and the one that receives is closed: who is next?",
		.needs = NEED_IPV6,
		.question =
		    {
			.text =
			    "w listens on 0.0.0.0, v on ::, m on ::ffff:127.0.0.1, e on "
			    "127.0.0.1, made in this order. A client connects to 127.0.0.1. Who receives it?",
			.answers = {"w, it was the first", "e, the exact address",
			    "m, IPv6 comes first", "each in turn"},
			.right = 1,
		    },
		.steps =
		    {
			{.step = "w bind 0.0.0.0:P reuseport"},
			{.step = "w listen"},
			{.step = "v bind [::]:P no-v6only reuseport"},
			{.step = "v listen"},
			{.step = "m bind [::ffff:127.0.0.1]:P no-v6only reuseport"},
			{.step = "m listen"},
			{.step = "e bind 127.0.0.1:P reuseport"},
			{.step = "e listen"},
			{.step = "c6 connect [::1]:P"},
			{.run = hears_v},
			{.step = "c1 connect 127.0.0.1:P"},
			{.run = hears_e},
			{.step = "e close"},
			{.step = "c2 connect 127.0.0.1:P"},
			{.run = hears_m},
			{.step = "m close"},
			{.step = "c3 connect 127.0.0.1:P"},
			{.run = hears_w},
			{.step = "w close"},
			{.step = "c4 connect 127.0.0.1:P"},
			{.run = hears_v},
		    },
		.lesson = "The exact address before the wildcard, and IPv4 before IPv6.",
	    },
	    {
		.title = "With IPV6_V6ONLY :: does not receive IPv4",
		.needs = NEED_IPV6,
		.steps =
		    {
			{.step = "v bind [::]:P v6only"},
			{.step = "v listen"},
			{.step = "c4 connect 127.0.0.1:P"},
			{.step = "c6 connect [::1]:P"},
			{.run = hears_v},
		    },
	    },
	},
    .remember =
	"The most specific listener wins, whatever the order; 'reuse why PORT' shows who they are.",
};
