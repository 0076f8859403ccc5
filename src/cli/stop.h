/* SIGINT and SIGTERM as a descriptor, and SIGQUIT as another: no signal can slip in between a look and a sleep. */
#ifndef REUSE_CLI_STOP_H
#define REUSE_CLI_STOP_H

#include <stdbool.h>

/* From now on the first SIGINT or SIGTERM makes the descriptor returned readable, and it stays so;
 * a second one ends the process at once. Inherited as blocked they are unblocked; a SIGINT inherited as
 * ignored stays ignored. `early`: the status of stop_at_once. The descriptor lives as long as the process.
 * Returns -1 with errno where there is none to be had. */
int stop_open(int early);

/* While it is on, the first such signal ends the process at once with the status `early`: nothing was begun
 * yet that ends in order, and what is waited for (a name server) heeds no descriptor. */
void stop_at_once(bool on);

/* The descriptor of stop_open; -1 where it was not called. */
int stop_descriptor(void);

/* The first such signal, or 0. */
int stop_wanted(void);

/* Somebody wants the summary so far, as of ping: from now on a SIGQUIT makes the descriptor returned readable until
 * interim_asked, also one that was inherited as blocked or ignored. The descriptor lives as long as the process. Returns
 * -1 with errno where there is none to be had. */
int interim_open(void);

/* Whether a SIGQUIT came since the last call. */
bool interim_asked(void);

#endif
