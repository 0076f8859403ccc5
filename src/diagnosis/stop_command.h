/* The words that stop something: for diagnosis/stop alone. */
#ifndef REUSE_DIAGNOSIS_STOP_COMMAND_H
#define REUSE_DIAGNOSIS_STOP_COMMAND_H

#include "diagnosis/stop.h"

/* Adds its name to its command. False where that has no room for it. */
bool stop_write(struct stop *stop, unsigned port, bool udp);

/* Whether that is the name of a unit of such a kind: ".service". */
bool stop_is_kind(const char *unit, const char *ending);

/* Whether it is a socket unit's. */
bool stop_is_socket(const char *unit);

#endif
