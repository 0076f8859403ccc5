/* One process's part of listen: its listening sockets, one loop. */
#ifndef REUSE_CMD_LISTEN_SERVE_H
#define REUSE_CMD_LISTEN_SERVE_H

#include "cmd/listen/view.h"
#include "os/crew.h"

struct serving {
	struct echo_plan plan; /* tells, tell and who are filled in by serve */
	int64_t drain_us;
	bool v6only;              /* is named in the first line */
	bool sandbox;             /* a worker narrows its own */
	int notify;               /* from service_open; or below 0 */
	int64_t watchdog_us;      /* how often at least it wants to hear that all is well; 0: not */
	int worker;               /* LISTEN_VIEW_ALONE: this process is all there is */
	unsigned workers;         /* among how many the lines a second are shared out; 0: alone */
	const struct crew *crew;  /* of a worker; NULL: alone */
	const union addr *locals; /* of the summary: the places, and since when */
	unsigned places;
	int64_t began_us;
	int interim; /* readable where a summary is wanted meanwhile; -1: not by this process */
	struct served *served; /* kept up to date from turn to turn; added to, not begun anew */
};

/* What is still to be sent to the service manager, which may be too busy to take it at once. */
struct notices {
	bool ready_due;  /* that the service is up is still to be told */
	int64_t well_us; /* when it was told last that all is well */
};

/* Says that connections to fds[0..count) are accepted; serve_wait_ms says it to the service manager. */
void serve_announce(const struct serving *serving, const int fds[], unsigned count);

/* Tells the service manager what is due. Returns how long to wait, `wait_ms` (-1: for ever) at most. */
int serve_wait_ms(const struct serving *serving, struct notices *notices, int wait_ms);

/* Asks for served[].dropped of the listening sockets fds[0..count), all of them in served[0] where there are no
 * `workers`. */
void serve_count_drops(struct served served[], unsigned workers, const int fds[], unsigned count);

/* What served[0..workers) have served and all together; `workers` 0: served[0] alone, without workers. */
void serve_summary(const struct serving *serving, const struct served served[], unsigned workers);

/* Tells it that the end has begun. */
void serve_stopping(const struct serving *serving);

/* Takes the listening sockets fds[0..count) over and serves until told to stop. Returns an enum status, or
 * SERVE_UNHEARD where stdout was closed. */
enum { SERVE_UNHEARD = 3 };
int serve(const struct serving *serving, const int fds[], unsigned count);

#endif
