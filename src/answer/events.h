/* The JSON events of a diagnosis, each a line. */
#ifndef REUSE_ANSWER_EVENTS_H
#define REUSE_ANSWER_EVENTS_H

#include "answer/report.h"
#include "answer/sentences.h"

/* "answer": whether the newcomer is let in, and the first cure of each kind. "probe": each bind tried or derived. */
void event_answer(const struct diagnosis *diagnosis);
void event_probes(const struct diagnosis *diagnosis);

/* "verdict" or "unseen". */
void event_sentence(const char *event, const struct sentence *sentence);

#endif
