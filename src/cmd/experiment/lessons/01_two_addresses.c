#include "cmd/experiment/lesson.h"

const struct experiment experiment_two_addresses = {
    .number = 1,
    .name = "two-addresses",
    .headline = "two servers, one port; two clients, one source",
    .about =
	"Two servers have the same port on two addresses of this machine. Two clients share one "
	"source address and port, and each connects to a different server. TCP distinguishes the "
	"two connections by their destination address. This is how proxies and load generators "
	"exceed the limit of some 28,000 source ports.",
    .by_hand =
	{
	    "1$ reuse listen 4545 127.0.0.1",
	    "2$ reuse listen 4545 127.0.0.2",
	    "3$ reuse connect 127.0.0.1 3001 127.0.0.1 4545 hello",
	    "4$ reuse connect 127.0.0.1 3001 127.0.0.2 4545 world",
	    "5$ reuse why 3001",
	},
    .parts =
	{
	    {
		.title = "The echo server and the heartbeat client, four processes",
		.needs = NEED_SECOND_LOOPBACK,
		.question =
		    {
			.text =
			    "Client 2 uses the source address and port of client 1. What happens?",
			.answers = {"bind is refused: EADDRINUSE",
			    "bind is allowed, connect is refused",
			    "both succeed: the connections live side by side"},
			.right = 2,
		    },
		.programs =
		    {
			{"server 1", "listen P 127.0.0.1", -1},
			{"server 2", "listen P 127.0.0.2", -1},
			{"client 1", "connect 127.0.0.1 Q 127.0.0.1 P hello", 0},
			{"client 2", "connect 127.0.0.1 Q 127.0.0.2 P world", 1},
		    },
	    },
	},
    .remember = "A connection is both of its ends together; a source may be shared as long as the "
		"destinations differ.",
};
