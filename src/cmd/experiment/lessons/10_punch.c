#include "cmd/experiment/lesson.h"

const struct experiment experiment_punch = {
    .number = 10,
    .name = "punch",
    .headline = "one local port that listens and connects",
    .about =
	"TCP hole punching and every peer-to-peer program need one local port for both: the port "
	"that the router has mapped must accept "
	"connections and make them as well, so that each side's SYN opens the way for the "
	"other's. SO_REUSEPORT on all sockets "
	"allows it in any order. With SO_REUSEADDR alone the order decides.",
    .by_hand =
	{
	    "1$ reuse listen 3000 127.0.0.1",
	    "2$ reuse listen 3001 127.0.0.1",
	    "3$ reuse connect 127.0.0.1 3000 127.0.0.1 3001",
	    "4$ reuse connect 127.0.0.1 0 127.0.0.1 3000",
	    "5$ reuse why 3000",
	},
    .parts =
	{
	    {
		.title = "SO_REUSEPORT on all: a listens, b connects from the same port",
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P reuseport"},
			{.step = "a listen"},
			{.step = "d bind 127.0.0.1:Q"},
			{.step = "d listen"},
			{.step = "b bind 127.0.0.1:P reuseport"},
			{.step = "b connect 127.0.0.1:Q"},
			{.step = "c connect 127.0.0.1:P"},
			{.step = "s accept a"},
		    },
		.lesson = "Port P has a listener, a connection made from it, and one made to it.",
	    },
	    {
		.title = "SO_REUSEADDR alone, listen first",
		.question =
		    {
			.text = "Now all have SO_REUSEADDR only, and a listens already. Can b "
				"bind the same port, to connect from it?",
			.answers = {"yes", "no, beside a listener SO_REUSEADDR does not help"},
			.right = 1,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P reuseaddr"},
			{.step = "a listen"},
			{.step = "b bind 127.0.0.1:P reuseaddr"},
		    },
	    },
	    {
		.title = "SO_REUSEADDR alone, connect first",
		.steps =
		    {
			{.step = "d bind 127.0.0.1:Q"},
			{.step = "d listen"},
			{.step = "b bind 127.0.0.1:P reuseaddr"},
			{.step = "b connect 127.0.0.1:Q"},
			{.step = "a bind 127.0.0.1:P reuseaddr"},
			{.step = "a listen"},
		    },
		.lesson = "A connection does not listen, so it does not conflict.",
	    },
	    {
		.title = "Both sides listen; one connects; can the other connect back?",
		.question =
		    {
			.text = "b connected from P to Q. Can e connect from Q to P?",
			.answers = {"yes, that is another direction",
			    "no, that is the same connection"},
			.right = 1,
		    },
		.steps =
		    {
			{.step = "a bind 127.0.0.1:P reuseport"},
			{.step = "a listen"},
			{.step = "d bind 127.0.0.1:Q reuseport"},
			{.step = "d listen"},
			{.step = "b bind 127.0.0.1:P reuseport"},
			{.step = "b connect 127.0.0.1:Q"},
			{.step = "s accept d"},
			{.step = "e bind 127.0.0.1:Q reuseport"},
			{.step = "e connect 127.0.0.1:P", .expected = "EADDRNOTAVAIL"},
		    },
		.lesson = "A connection has two ends and no direction: e's would be the same as s.",
	    },
	},
    .remember =
	"To listen and connect on one port, set SO_REUSEPORT on every socket, before every bind.",
};
