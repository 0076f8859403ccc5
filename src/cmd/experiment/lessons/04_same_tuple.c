#include "cmd/experiment/lesson.h"

const struct experiment experiment_same_tuple = {
    .number = 4,
    .name = "same-tuple",
    .headline = "the one thing that cannot be shared",
    .about =
	"With SO_REUSEADDR or SO_REUSEPORT many sockets may be bound to one source. But each "
	"combination of source address, source port, destination address and destination port (a "
	"four-tuple) can exist only once: with two such connections the kernel could not know to "
	"which of them a packet belongs. It is connect that refuses the second one, not bind, which "
	"surprises people whose bind succeeded.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1",
	    "2$ reuse connect 127.0.0.1 3001 127.0.0.1 3000",
	    "3$ reuse connect 127.0.0.1 3001 127.0.0.1 3000",
	    "3$ reuse why EADDRNOTAVAIL connect",
	},
    .parts =
	{
	    {
		.title = "The same four-tuple twice; then one part of it differs",
		.question =
		    {
			.text = "a and b are bound to one source, both with both options, and a is "
				"connected to d. Who refuses b the same destination?",
			.answers = {"nobody", "bind, with EADDRINUSE",
			    "connect, with an error of its own"},
			.right = 2,
		    },
		.steps =
		    {
			{.step = "d bind 127.0.0.1:P"},
			{.step = "d listen"},
			{.step = "e bind 127.0.0.1:R"},
			{.step = "e listen"},
			{.step = "a bind 127.0.0.1:Q reuseaddr reuseport"},
			{.step = "a connect 127.0.0.1:P"},
			{.step = "b bind 127.0.0.1:Q reuseaddr reuseport"},
			{.step = "b connect 127.0.0.1:P"},
			{.step = "b connect 127.0.0.1:R"},
		    },
		.lesson = "The socket stays usable: with another destination port it connects.",
	    },
	    {
		.title = "Without the options bind already refuses",
		.steps =
		    {
			{.step = "d bind 127.0.0.1:P"},
			{.step = "d listen"},
			{.step = "a bind 127.0.0.1:Q"},
			{.step = "a connect 127.0.0.1:P"},
			{.step = "b bind 127.0.0.1:Q"},
		    },
		.lesson =
		    "Two different errors: EADDRINUSE is about one end, the other about both.",
	    },
	    {
		.title = "What frees the four-tuple? A reset",
		.question =
		    {
			.text = "a resets its connection. Can b use the same four-tuple at once?",
			.answers = {"yes", "no, not for a minute", "only with SO_REUSEADDR"},
			.right = 0,
		    },
		.steps =
		    {
			{.step = "d bind 127.0.0.1:P"},
			{.step = "d listen"},
			{.step = "a bind 127.0.0.1:Q reuseport"},
			{.step = "a connect 127.0.0.1:P"},
			{.step = "b bind 127.0.0.1:Q reuseport"},
			{.step = "b connect 127.0.0.1:P"},
			{.step = "a reset"},
			{.step = "b connect 127.0.0.1:P"},
		    },
		.lesson = "An orderly close leaves a TIME_WAIT at the end that closed first "
			  "(experiment 5); a reset leaves nothing.",
	    },
	},
    .remember =
	"One of the four must differ: connect refuses the same four-tuple twice, and no option changes that.",
};
