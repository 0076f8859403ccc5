/* A fault and its cause on this machine, in a line: for the complaints of other commands. */
#ifndef REUSE_ANSWER_BRIEF_H
#define REUSE_ANSWER_BRIEF_H

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/sock.h"

/* Complains of the fault; then a line with who is in the way ("nginx[812] of root listens there, unit
 * nginx.service"), or with the causes that hold here, or else with what the errno means. `local` and `peer` may
 * be NULL, or AF_UNSPEC. */
void brief_fault(const struct fault *fault, const union addr *local, const union addr *peer);

/* The same of a socket that was planned so: who is in the way is who refuses it with its options and interface. */
void brief_plan(const struct fault *fault, const struct plan *plan);

#endif
