/* SIGINT and SIGTERM as a descriptor: no signal can slip in between a look and a sleep. */
#ifndef REUSE_CLI_STOP_H
#define REUSE_CLI_STOP_H

/* From now on the first SIGINT or SIGTERM makes the descriptor returned readable, and it stays so;
 * a second one ends the process at once. Inherited as blocked they are unblocked; a SIGINT inherited as
 * ignored stays ignored. The descriptor lives as long as the process. Returns -1 with errno where there
 * is none to be had. */
int stop_open(void);

/* The first such signal, or 0. */
int stop_wanted(void);

/* A pipe for a signal's handler to write to, its ends out of the way of sockets and closed by exec. Returns 0, or -1
 * with errno. */
int stop_pipe(int both[2]);

#endif
