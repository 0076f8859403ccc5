/* A diagnosis, shown: as text in the order of `reuse why`, and as its JSON events. For why and run. */
#ifndef REUSE_ANSWER_REPORT_H
#define REUSE_ANSWER_REPORT_H

#include "diagnosis/diagnosis.h"

enum {
	REPORT_ADDRESSES = 2,
	REPORT_TIGHTEST = 3, /* how short it is, from 0 on: what of many is told one by one */
};

/* One thing that was asked, and what was found. */
struct report {
	const struct findings *findings;
	struct diagnosis diagnoses[REPORT_ADDRESSES]; /* a port alone has one for each family */
	size_t count;
	bool port_alone;
	bool brief;        /* parts 1 to 3 alone, and no probes */
	const char *asked; /* as in "reuse why ASKED" */
};

/* All of it: the answer's line alone with -q; JSON with --json. */
void report_show(const struct report *report);

/* The bind test of those whose answers differ, with -v of all. */
void report_probes(const struct report *report);

/* A line, wrapped on a terminal alone. */
void report_line(const char *text);

/* What stands behind `begun` in a line. */
void report_rest(const char *begun, const char *text);

/* What is on that port and not in the way: `mine` of the findings, and all elsewhere. Where it is free, in one line. */
void report_others(
    const struct report *report, const size_t index[], size_t mine, bool is_free, unsigned tight);

/* The JSON members of one socket, into an object that is open. */
void report_holder(
    const struct holders *holders, const struct holder *holder, const char *note, int in_the_way);

/* What a socket is, besides its state: "not accepted yet"; "" where there is nothing to say. */
const char *report_note(const struct holder *holder, enum role role, char text[96]);

/* The names of the options that are on; returns how many. */
size_t report_options(const struct holder *holder, const char *names[4]);

/* The table of sockets [0, count) of `index` (into holders->list), with a header. roles NULL: not known. */
void report_table(const struct holders *holders, const enum role roles[], const size_t index[],
    size_t count, unsigned tight);

/* The process, unit, container and queue of those sockets, a line each. */
void report_details(
    const struct holders *holders, const size_t index[], size_t count, unsigned tight);

#endif
