/* Plays an experiment: its scenes, by trials, by processes, and in C. */
#ifndef REUSE_CMD_EXPERIMENT_PLAY_H
#define REUSE_CMD_EXPERIMENT_PLAY_H

#include "cmd/experiment/view.h"

/* Plays show->experiment from the headline to the outcome, unless it is interrupted. */
void play(struct show *show);

#endif
