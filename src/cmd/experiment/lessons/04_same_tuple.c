#include "cmd/experiment/lessons.h"

const struct experiment experiment_same_tuple = {
    .number = 4,
    .name = "same-tuple",
    .headline = "the one thing that cannot be shared",
    .about = "With SO_REUSEADDR or SO_REUSEPORT many sockets may be bound to one source. The whole "
	     "of source address, source port, destination address and destination port exists only "
	     "once: with two connections of the same four the kernel could not tell whose a packet "
	     "is. connect says so, not bind, and that surprises people whose bind went well.",
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
		.title = "The same four, twice; then one of them differs",
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
		.lesson = "The socket is none the worse for it: another destination port, and the "
			  "same socket connects.",
	    },
	    {
		.title = "Without the options bind says it already",
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
		.title = "What lets go of it? A reset",
		.question =
		    {
			.text = "a resets its connection. May b have the same four right away?",
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
    .remember = "Of the four, one must differ: the same four twice is refused by connect, never by "
		"an option.",
};
