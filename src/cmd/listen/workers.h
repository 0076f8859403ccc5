/* Several worker processes behind listen, each with a listening socket of its own. */
#ifndef REUSE_CMD_LISTEN_WORKERS_H
#define REUSE_CMD_LISTEN_WORKERS_H

#include "cmd/listen/serve.h"

enum { CREW_MOST = 1024 };

/* Runs a worker for each of fds[0..workers), listening sockets, until `stop` is readable. Takes them
 * over, and keeps them open until then, so that their queues survive a worker and a replacement
 * binds nothing. `serving` says
 * what each is like; its worker, crew, tally and stop are filled in. `pin`: worker i to CPU i.
 * Writes what each served to served[]. Returns an enum status. */
int crew_serve(const struct serving *serving, const int fds[], unsigned workers, int stop, bool pin,
    struct served served[]);

#endif
