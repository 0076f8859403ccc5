/* What `experiment` shows: lines or JSON. */
#ifndef REUSE_CMD_EXPERIMENT_VIEW_H
#define REUSE_CMD_EXPERIMENT_VIEW_H

#include <stdbool.h>

#include "cmd/experiment/lesson.h"
#include "tcp/addr.h"

enum { VIEW_REASON = 400, VIEW_TEXT = 200, VIEW_RESULT = 40 };

/* One step that was made. Texts live during the call. */
struct observation {
	const char *text;     /* "a bind 127.0.0.1:3000" */
	const char *result;   /* "ok", "EADDRINUSE", "800" */
	const char *expected; /* likewise, or "about 100"; NULL: whatever it is, it is shown only */
	bool as_expected;
};

/* What came of an experiment, as shown so far. */
struct outcome {
	bool skipped, differs;
	bool broken;                     /* it cannot go on, and that was complained of */
	bool part_skipped, part_differs; /* the part at hand, all of it or the rest of it */
	/* something in it was shown only: what should come of it here is not known */
	bool part_open;
	bool headed;              /* the names of the columns were shown */
	char reason[VIEW_REASON]; /* why it was skipped, or what differs first */
};

/* One run of one experiment. */
struct show {
	const struct experiment *experiment;
	int stop; /* readable when it shall end */
	bool asking;
	bool about_held; /* what it is about, and by hand, is shown at the end */
	struct outcome outcome;
	const char *program;   /* whose steps are shown; NULL: this process's */
	char lan[ADDR_TEXT];   /* the second address of this machine; "" not looked for */
	unsigned asked, right; /* questions; guessed rightly */
};

/* Headline, about and by hand; where a person predicts, all but the name waits for the outcome. */
void view_experiment(struct show *show);

/* "4 same-tuple  the one thing ..." of the list. */
void view_entry(const struct show *show);

/* Begins a part: its title, and no outcome yet. */
void view_part(struct show *show, const struct part *part);

/* From now on the steps are those of the process `name`, just started as `command` (NULL: long ago). A
 * name of NULL: this process's. */
void view_program(struct show *show, const char *name, const char *command);

/* A step, its result and what was expected; one that differs counts in show->outcome. */
void view_observation(struct show *show, const struct observation *seen);

/* A line of a picture, as it stands; nothing in JSON. */
void view_line(const char *text);

/* The names of the columns of view_connection. */
void view_connections(void);

/* An established connection: its ends, and the process `name` that has it. Nothing in JSON. */
void view_connection(const char *source, const char *peer, const char *name, long pid);

/* The part, or the rest of it, cannot be run here. */
void view_skip(struct show *show, const char *reason);

/* After a part. */
void view_lesson(const struct part *part);

/* After all parts. */
void view_outcome(const struct show *show);

/* A text of any length in lines, begun with `before`, those that follow indented as much. */
void view_text(const char *before, const char *text);

/* "expected", "differs" or "skipped". */
const char *view_word(const struct show *show);

#endif
