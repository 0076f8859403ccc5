/* Runs one part of an experiment: its steps in this process, or its programs. */
#ifndef REUSE_CMD_EXPERIMENT_PART_H
#define REUSE_CMD_EXPERIMENT_PART_H

#include "cmd/experiment/view.h"

/* Runs part `part` of show->experiment from its title to its lesson, after the question where the person
 * wants to predict. */
void part_run(struct show *show, const struct part *part);

/* The ways to do so. Runs its steps in the process and the network at hand; `apart`: which is of the part's own. */
void steps_run(struct show *show, const struct part *part, bool apart);

/* Runs the steps of the part in a process in a network namespace of its own, with
 * net.ipv4.tcp_migrate_req=1 where that is what the part needs; or skips it, with the reason. The process
 * shows the steps itself. */
void apart_run(struct show *show, const struct part *part);

/* Runs the programs of the part, shows the connections that share a source, and ends all processes. */
void demo_run(struct show *show, const struct part *part);

#endif
