/* How a random trial may begin, so that what random steps alone seldom bring about is asked as well. */
#ifndef REUSE_CMD_RULES_SCENES_H
#define REUSE_CMD_RULES_SCENES_H

#include "cmd/rules/author.h"

void write_scene(struct author *author);

#endif
