/* All that is known of one bind: whether it is let in, who is in the way, what it is refused for, what would
 * help. */
#ifndef REUSE_DIAGNOSIS_DIAGNOSIS_H
#define REUSE_DIAGNOSIS_DIAGNOSIS_H

#include "diagnosis/causes.h"
#include "diagnosis/cures.h"

enum { REASONS_MOST = 8 };

/* A cause, and what this machine says of it. */
struct reason {
	const struct cause *cause;
	enum fact holds;
	char said[CAUSE_SAID];
};

struct diagnosis {
	const struct findings *findings;
	struct newcomer newcomer;
	bool bind; /* binds were made */
	struct bindtest test;
	struct fault refused; /* without options; CALL_NONE: it is free, or not known */
	bool free;
	size_t in_the_way; /* sockets */
	size_t first;      /* the first of them */
	/* where it is refused for more than another socket, those that hold first, then those that
	 * could not be asked */
	struct reason reasons[REASONS_MOST];
	size_t reason_count;
	bool privileged; /* one of them is the lack of a privilege that root has */
	struct cures cures;
};

/* With `bind` false nothing is bound. The findings are the caller's and outlive it. */
void diagnose(const struct findings *findings, const struct newcomer *asked, bool bind,
    struct diagnosis *diagnosis);

/* Whether the socket is in the way of one of these newcomers that is not let in. */
bool diagnosis_blocks(
    const struct diagnosis diagnoses[], size_t count, const struct holder *holder);

/* The reasons of `error` from `call` that do not fail here, as in struct diagnosis; subject NULL: of any
 * address. Returns how many. */
size_t diagnose_errno(enum tcp_call call, int error, const struct subject *subject,
    struct reason reasons[REASONS_MOST]);

#endif
