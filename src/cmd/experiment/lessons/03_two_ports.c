#include "cmd/experiment/lesson.h"

const struct experiment experiment_two_ports = {
    .number = 3,
    .name = "two-ports",
    .headline = "two servers, two ports; two clients, one source",
    .about = "Two servers have one address and two ports, and two clients share one source address "
	     "and port. Now the destination port distinguishes the connections. So a client that "
	     "must use one fixed source port, as some firewalls require, can still talk to several "
	     "services on one host.",
    .by_hand =
	{
	    "1$ reuse listen 4444 127.0.0.1",
	    "2$ reuse listen 4445 127.0.0.1",
	    "3$ reuse connect 127.0.0.1 3001 127.0.0.1 4444 hello",
	    "4$ reuse connect 127.0.0.1 3001 127.0.0.1 4445 world",
	    "5$ reuse why 3001",
	},
    .parts =
	{
	    {
		.title = "The echo server and the heartbeat client, four processes",
		.question =
		    {
			.text = "Source address, source port and destination address are the same. "
				"Is another destination port enough?",
			.answers = {"yes", "no, connect is refused", "no, bind is refused"},
			.right = 0,
		    },
		.programs =
		    {
			{"server 1", "listen P 127.0.0.1", -1},
			{"server 2", "listen R 127.0.0.1", -1},
			{"client 1", "connect 127.0.0.1 Q 127.0.0.1 P hello", 0},
			{"client 2", "connect 127.0.0.1 Q 127.0.0.1 R world", 1},
		    },
	    },
	},
    .remember = "Of source address, source port, destination address and destination port, one "
		"must differ; which one does not matter.",
};
