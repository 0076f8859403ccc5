/* What run shows of a program's calls, as text or JSON: to stdout, as every view. */
#ifndef REUSE_CMD_RUN_VIEW_H
#define REUSE_CMD_RUN_VIEW_H

#include "os/trace.h"

enum { RUN_TEXT = 512 };

/* A call that has returned. */
struct run_seen {
	struct traced call;
	union addr local, peer; /* as JSON has them; AF_UNSPEC: none */
	bool refused;
};

/* Options as bits: 1u << enum option. */
void run_view_call(const struct run_seen *seen);

/* A remark. `call`: whose; NULL: nobody's. */
void run_view_note(const struct traced *call, const char *text);

/* What is remarked once in a run, whoever the next one is. */
enum run_once {
	RUN_ONCE_BLIND,
	RUN_ONCE_RING,
	RUN_ONCE_FILTER,
	RUN_ONCE_PRIVILEGES,
	RUN_ONCE_FAMILY,
	RUN_ONCE_MADE,
	RUN_ONCE_SETTING, /* and the next, one for each setting */
};
void run_view_once(const struct traced *call, unsigned once, const char *text);

/* So many lines were not shown, as their reader takes them too slowly. */
void run_view_left_out(uint64_t lines);

/* Why the program is not watched. Returns `text`. */
const char *run_view_bar(const struct trace *trace, char text[RUN_TEXT]);

#endif
