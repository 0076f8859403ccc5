/* Giving up, for good, what an echo server never needs: as far as this system can. */
#ifndef REUSE_OS_SANDBOX_H
#define REUSE_OS_SANDBOX_H

/* What is left to do after it. */
enum sandbox_role {
	SANDBOX_SERVER, /* accept, send, receive, wait, write lines, allocate memory */
	SANDBOX_CREW,   /* the same, and fork such servers and collect them */
};

enum { SANDBOX_WITHOUT = 256 };

/* Before becoming somebody else: gives up what only root can give up. Without effect for others. */
void sandbox_prepare(void);

/* After all sockets are made. Writes to `without` what could not be done, and why, for one line;
 * "" where all could. */
void sandbox_enter(enum sandbox_role role, char without[SANDBOX_WITHOUT]);

/* In a member forked by a process that has entered as SANDBOX_CREW: gives up the rest. */
void sandbox_narrow(void);

#endif
