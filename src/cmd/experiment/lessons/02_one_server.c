#include "cmd/experiment/lesson.h"

const struct experiment experiment_one_server = {
    .number = 2,
    .name = "one-server",
    .headline = "one server on all addresses; two clients, one source",
    .about =
	"One server listens on 0.0.0.0, that is, on every address of this machine. Two clients share "
	"one source address and port; one connects to a loopback address, the other to the machine's "
	"address in the network. The server is the same, but the destination addresses differ, so "
	"there are two connections. One source can connect to such a server once at each of its addresses.",
    .by_hand =
	{
	    "1$ reuse listen 4444 0.0.0.0",
	    "2$ reuse connect 127.0.0.1 3001 127.0.0.1 4444 hello",
	    "3$ reuse connect 127.0.0.1 3001 LAN 4444 world",
	    "4$ reuse why 3001",
	},
    .parts =
	{
	    {
		.title = "The echo server and the heartbeat client, three processes",
		.question =
		    {
			.text =
			    "Both clients come from one address and port to one server process. "
			    "How many connections will the server have?",
			.answers = {"one: the second is refused", "one: the second replaces it",
			    "two"},
			.right = 2,
		    },
		.programs =
		    {
			{"server", "listen P 0.0.0.0", -1},
			{"client 1", "connect 127.0.0.1 Q 127.0.0.1 P hello", 0},
			{"client 2", "connect 127.0.0.1 Q LAN P world", 0},
		    },
	    },
	},
    .remember = "The address that a client connects to counts, not the process that answers.",
};
