/* The sockets of a trial as the rule sees them: what each holds, who it is connected to, and what is left
 * when it is gone. Pure; for tcp/forecast alone. */
#ifndef REUSE_TCP_MODEL_H
#define REUSE_TCP_MODEL_H

#include "tcp/bucket.h"

enum { MODEL_NOBODY = -1 };

enum life {
	LIFE_NONE,   /* not there: the next step opens it */
	LIFE_ABSENT, /* its accept was refused */
	LIFE_CLOSED, /* open, bound or not */
	LIFE_LISTEN,
	LIFE_CONNECTED,
	LIFE_HALF,      /* connected, and the other end has closed */
	LIFE_TIME_WAIT, /* it has closed; `partner`, if any, has not yet */
};

/* What owns a port, or may come to. */
struct owner {
	struct rule_socket is;
	enum life life;
	bool seated;     /* holds the port `key` */
	bool by_bind;    /* bound to its port (SOCK_BINDPORT_LOCK) */
	bool fixed;      /* bound to an address that is not the wildcard (SOCK_BINDADDR_LOCK) */
	bool dialled;    /* it was connected: no second connect, no listen */
	bool through_v4; /* IPv6, and sends by IPv4 for good */
	unsigned key, peer_key; /* of ports, the model's own numbers */
	union addr peer;        /* without port */
	int partner;            /* the other end; MODEL_NOBODY */
	int queue;              /* the listener in whose queue it waits; MODEL_NOBODY */
	unsigned turn;          /* its place there */
	int64_t room;           /* of a listener's own queue; 0: not known */
};

struct model {
	const struct facts *facts;
	int64_t uid;
	struct owner *owners; /* the trial's numbers, then what has none */
	int count, room;
	struct bucket *buckets; /* one a key */
	unsigned ephemeral;
	unsigned turns;
};

/* Lets the owner have its port, or as a listener keep it, as bind and listen ask: false where refused. */
bool model_seat(struct model *model, struct owner *owner);

/* Puts it beside those who are at 0.0.0.0 already, where it has come there (rule.h: `joined`). */
void model_join(struct model *model, struct owner *owner);

/* Gives the port up. */
void model_leave(struct model *model, struct owner *owner);

/* Moves what owners[from] is to owners[to], and whoever is linked to it. */
void model_move(struct model *model, int from, int to);

/* A number for one more; MODEL_NOBODY where there is no room. */
int model_more(struct model *model);

/* Closes, in order or by a reset; what is left gets a number of its own. */
void model_close(struct model *model, int number, bool reset);

/* Ends its connection or its listening by a reset; it stays open. */
void model_disconnect(struct model *model, int number);

/* Whether they are one address, mapped or not, whatever their ports. */
bool model_same_host(union addr one, union addr other);

/* The listener that a connection to `addr` at `key` comes to; MODEL_NOBODY. `*several`: chance decides. */
int model_listener(const struct model *model, const union addr *addr, unsigned key, bool *several);

/* Whoever has that pair of ends; MODEL_NOBODY. */
int model_pair(const struct model *model, const union addr *local, unsigned key,
    const union addr *peer, unsigned peer_key);

#endif
