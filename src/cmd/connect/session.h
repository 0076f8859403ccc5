/* One run of connect, over all its connections. */
#ifndef REUSE_CMD_CONNECT_SESSION_H
#define REUSE_CMD_CONNECT_SESSION_H

#include "cmd/connect/view.h"
#include "tcp/resolve.h"
#include "tcp/sock.h"
#include "words/settings.h"

/* What was asked for. */
struct session_wanted {
	struct settings_wanted settings; /* its timeout_us is -W */
	int64_t every_us;
	uint64_t count, size; /* 0: for ever; DATA */
	const char *data;
	int reconnect;
};

struct session {
	const struct session_wanted *wanted;
	int stop;    /* a descriptor, readable when it shall end, */
	int interim; /* and one, when a summary is wanted meanwhile */

	/* The ends to try, in this order, until one is connected; then that pair alone. */
	union addr sources[NAME_ANSWERS], servers[NAME_ANSWERS];
	int pairs;
	bool any_port; /* the source's port was asked for as 0 */

	struct plan plan; /* of the pair that is tried, or connected */
	struct setting settings[SETTINGS_MOST];
	bool connected;       /* once at least */
	struct fault refused; /* of the last connection that could not be made */
	uint64_t sent, echoed;
	struct rtt rtt;
	struct connect_view view;
};

/* Connects and sends heartbeats until the end of all, from the first line to the summary. `wanted`, `stop` and
 * the pairs are set, the rest is 0. Returns whether it ended as asked. */
bool session_run(struct session *session);

#endif
