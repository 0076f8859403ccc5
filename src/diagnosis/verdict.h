/* Why a bind is refused and what would change it, in sentences. Asks no kernel: it is given what was
 * found and what was tried. */
#ifndef REUSE_DIAGNOSIS_VERDICT_H
#define REUSE_DIAGNOSIS_VERDICT_H

#include "diagnosis/conflict.h"

enum { VERDICT_MOST = 8, VERDICT_TEXT = 640 };

struct sentence {
	char text[VERDICT_TEXT];
	bool observed; /* else inferred */
};

struct verdict {
	struct sentence sentences[VERDICT_MOST];
	size_t count;
};

void verdict_make(const struct attempt *attempt, struct verdict *verdict);

#endif
