/* Experiments: what they teach, as tables. */
#ifndef REUSE_CMD_EXPERIMENT_LESSON_H
#define REUSE_CMD_EXPERIMENT_LESSON_H

#include "tcp/version.h"

struct stage;

enum {
	EXPERIMENTS = 14,
	EXPERIMENT_PARTS = 8,
	EXPERIMENT_STEPS = 28,
	EXPERIMENT_PROGRAMS = 5,
	EXPERIMENT_LINES = 12, /* by hand */
	EXPERIMENT_ANSWERS = 5,
};

/* What not every system or user can do. */
enum experiment_need {
	NEED_SECOND_LOOPBACK = 1, /* 127.0.0.2 */
	NEED_IPV6 = 2,
	NEED_PORT_RANGE = 4,    /* IP_LOCAL_PORT_RANGE, or else a network namespace of its own */
	NEED_SPREAD = 8,        /* a program that deals connections out */
	NEED_MIGRATION = 16,    /* net.ipv4.tcp_migrate_req, in a network namespace of its own */
	NEED_NO_MIGRATION = 32, /* that it is not set here */
	NEED_NO_CONNECT = 64,   /* not even a loopback that is up, as all others do */
};

/* One step, and what should come of it. */
struct part_step {
	const char *step; /* as `try` reads it; or */
	void (*run)(struct stage *stage);
	const char *expected; /* of a step: "ok", an errno's name; NULL: what tcp/forecast says */
};

/* A command of this program, as a process of its own. */
struct program {
	const char *name;    /* "server 1" */
	const char *command; /* "listen P 127.0.0.1"; P and Q become free ports, LAN an address */
	int server;          /* of a client: the index of its server; of a server -1 */
};

/* What one may predict before a part. */
struct question {
	const char *text; /* NULL: none */
	const char *answers[EXPERIMENT_ANSWERS];
	int right; /* from 0, where all comes out as expected */
};

/* Sockets that meet each other; a new part begins with none. Either steps or programs. */
struct part {
	const char *title;
	unsigned needs; /* enum experiment_need, as a sum */
	/* Of which Linux it holds, VERSION_OF(6, 8, 0): from `since` on and before `until`; 0: no bound. On
	 * another it is left out. Other systems get what the newest gets. */
	unsigned since, until;
	struct question question;
	struct part_step steps[EXPERIMENT_STEPS];
	struct program programs[EXPERIMENT_PROGRAMS];
	const char *lesson; /* shown afterwards, where it came out so; NULL */
};

struct experiment {
	int number;
	const char *name;
	const char *headline; /* one line, no full stop */
	const char *about;    /* one paragraph: what it shows and why it matters */
	/* "1$ ..." is for the first terminal; "   # ..." is a remark. LAN becomes an address. */
	const char *by_hand[EXPERIMENT_LINES];
	struct part parts[EXPERIMENT_PARTS];
	const char *remember; /* one sentence */
};

/* One file each, in lessons/. */
extern const struct experiment experiment_two_addresses, experiment_one_server,
    experiment_two_ports, experiment_same_tuple, experiment_time_wait, experiment_spread,
    experiment_handover, experiment_self_connect, experiment_simultaneous_open, experiment_punch,
    experiment_wildcard, experiment_ephemeral, experiment_bind_cost, experiment_backlog;

/* By number, from 1. */
extern const struct experiment *const experiments[EXPERIMENTS];

#endif
