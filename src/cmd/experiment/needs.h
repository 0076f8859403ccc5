/* What an experiment needs of this system and user. */
#ifndef REUSE_CMD_EXPERIMENT_NEEDS_H
#define REUSE_CMD_EXPERIMENT_NEEDS_H

#include <stdbool.h>

#include "cmd/experiment/view.h"

/* What is missing of `needs` (enum experiment_need, as a sum), and how it can be had; static. NULL:
 * nothing. Whether a network namespace is to be had is seen by apart_run. */
const char *needs_missing(unsigned needs);

/* The needs of the part, with those of the address that stands for LAN. */
unsigned needs_of(const struct show *show, const struct part *part);

/* Whether the part is for the version of this system. */
bool needs_this_version(const struct part *part);

/* Whether a part with these needs is to be run in a network namespace of its own. */
bool needs_network(unsigned needs);

/* Where the experiment names LAN, finds an address of this machine that a socket on the loopback
 * reaches, and that is not 127.0.0.1: in a network, or else 127.0.0.2. Writes it to show->lan. */
void needs_lan(struct show *show);

#endif
