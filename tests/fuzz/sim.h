/* A kernel for tcp/echo that does as a schedule of bytes says: who is ready, how much of a read or a
 * write goes through, what fails. Linked with --wrap; nothing here is a real descriptor.
 *
 * It holds the server to its promises: what came in goes out, once, in order; nothing is read from a
 * peer that has not taken its echo; a connection that ends in order has got all of it; no descriptor is
 * used that is not open; and of the heap no connection takes more than one read, none that owes nothing
 * takes any, and in the end nothing is left. */
#ifndef REUSE_FUZZ_SIM_H
#define REUSE_FUZZ_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_LISTENER = 249, SIM_EPOLL, SIM_PEERS_FROM, SIM_PEERS = 16 };

/* From now on calls come here. The first bytes say how many peers there will be, and how much each
 * will send. */
void sim_begin(const uint8_t *schedule, size_t len);

/* Calls go to the real kernel again. Holds that every descriptor was closed, the listener where the
 * server had taken it over; and that no memory is left. */
void sim_end(bool took_listener);

/* The next byte of the schedule; 0 behind its end. */
unsigned sim_draw(void);
bool sim_over(void);

/* From now on all goes well: who is ready is told so, and every call does what it is asked. */
void sim_clear_up(void);

/* The server was told to stop: of what it reads from now on only what FIONREAD tells of comes back, and who
 * waits to be accepted is never served. */
void sim_stopping(void);

/* The server is freed: it may close what still owes. */
void sim_freeing(void);

/* Connections that wait to be accepted. */
unsigned sim_waiting(void);

#endif
