/* Experiments: what they teach, as tables. */
#ifndef REUSE_CMD_EXPERIMENT_LESSON_H
#define REUSE_CMD_EXPERIMENT_LESSON_H

#include "cmd/experiment/stage.h"

enum {
	EXPERIMENTS = 14,
	EXPERIMENT_SCENES = 8,
	EXPERIMENT_ACTS = 28,
	EXPERIMENT_ROLES = 5,
	EXPERIMENT_LINES = 12, /* by hand */
	EXPERIMENT_ANSWERS = 5,
};

/* What not every system or user can do. */
enum experiment_need {
	NEED_SECOND_LOOPBACK = 1, /* 127.0.0.2 */
	NEED_IPV6 = 2,
	NEED_PORT_RANGE = 4,    /* IP_LOCAL_PORT_RANGE */
	NEED_SPREAD = 8,        /* a program that deals connections out */
	NEED_MIGRATION = 16,    /* net.ipv4.tcp_migrate_req, in a network namespace of its own */
	NEED_NO_MIGRATION = 32, /* that it is not set here */
};

/* One step, and what should come of it. */
struct act {
	const char *step; /* as `try` reads it; or */
	void (*drive)(struct stage *stage);
	const char *expected; /* of a step: "ok", an errno's name; NULL: what tcp/forecast says */
};

/* A process of the program's own. */
struct role {
	const char *name;    /* "server 1" */
	const char *command; /* "listen P 127.0.0.1"; P and Q become free ports, LAN an address */
	int server;          /* of a client: which role it comes to; of a server -1 */
};

/* What one may predict before a scene. */
struct question {
	const char *text; /* NULL: none */
	const char *answers[EXPERIMENT_ANSWERS];
	int right; /* from 0, where all comes out as expected */
};

/* Sockets that meet each other; a new scene begins with none. Either acts or roles. */
struct scene {
	const char *title;
	unsigned needs; /* enum experiment_need, as a sum */
	struct question question;
	struct act acts[EXPERIMENT_ACTS];
	struct role roles[EXPERIMENT_ROLES];
	const char *lesson; /* said afterwards, where it came out so; NULL */
};

struct experiment {
	int number;
	const char *name;
	const char *headline; /* one line, no full stop */
	const char *about;    /* one paragraph: what it shows and why it matters */
	/* "1$ ..." is for the first terminal; "   # ..." says something. LAN becomes an address. */
	const char *by_hand[EXPERIMENT_LINES];
	struct scene scenes[EXPERIMENT_SCENES];
	const char *remember; /* one sentence */
};

/* By number, from 1. */
extern const struct experiment *const experiments[EXPERIMENTS];

#endif
