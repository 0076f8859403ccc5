/* Several worker processes behind listen, each with a listening socket of its own. */
#ifndef REUSE_CMD_LISTEN_CREW_H
#define REUSE_CMD_LISTEN_CREW_H

#include "cmd/listen_serve.h"

enum { CREW_MOST = 1024 };

/* Runs a worker for each of fds[0..workers), listening sockets that stay open here, so that their
 * queues survive a worker and a replacement binds nothing; until `stop` is readable. `serving` says
 * what each is like; its worker, crew, tally and stop are filled in. `pin`: worker i to CPU i.
 * Writes what each served to served[]. Returns an enum status. */
int crew_serve(const struct serving *serving, const int fds[], unsigned workers, int stop, bool pin,
    struct served served[]);

#endif
