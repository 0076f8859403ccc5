/* Free ports for trials. */
#ifndef REUSE_TCP_PORT_H
#define REUSE_TCP_PORT_H

#include <stdbool.h>

#include "tcp/addr.h"

/* A port that is free on all addresses. No other process that asks here gets it meanwhile: a UDP
 * socket on the same number reserves it (UDP has ports of its own). A process that does not ask
 * might; so these ports are ones that the kernel does not give out by itself. */
struct port {
	unsigned number; /* host order */
	int lock;        /* the UDP socket; -1: none was to be had */
};

/* Whether nobody has the port of `addr` there, not even a TIME_WAIT: then a socket may bind it without
 * any option. A family that is not there has all ports free. */
bool port_is_free(const union addr *addr);

/* Keeps port_take out of that range, ends included, from which the kernel gives ports out by itself. */
void port_avoid(unsigned low, unsigned high);

/* Returns 0, or -1 with errno where none was found: outside the range if one is free there, and never
 * below 1024. */
int port_take(struct port *port);

/* So many in a row, of those that the kernel gives out by itself. Returns 0, or -1 with errno. */
int port_take_row(struct port ports[], int count);

void port_give_back(struct port *port);

/* A number in [0, below), different from process to process and from call to call. */
unsigned port_random(unsigned below);

#endif
