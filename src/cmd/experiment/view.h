/* What `experiment` shows: lines or JSON. */
#ifndef REUSE_CMD_EXPERIMENT_VIEW_H
#define REUSE_CMD_EXPERIMENT_VIEW_H

#include "cli/common.h"
#include "cmd/experiment/lesson.h"

enum { VIEW_REASON = 400 };

/* One run of one experiment, as told so far. */
struct show {
	const struct common *common;
	const struct experiment *experiment;
	int stop;
	bool asking;
	bool skipped, differs, broken; /* broken: it cannot go on, and that was complained of */
	bool scene_differs;            /* the scene being played */
	bool scene_skipped;            /* likewise, all of it or the rest of it */
	bool headed;                   /* the names of the columns were shown */
	bool about_held;               /* what it is about, and by hand, is told at the end */
	char reason[VIEW_REASON];      /* why it was skipped, or what differs first */
	const char *speaker;           /* the process that the deeds are of; NULL: this one */
	char lan[ADDR_TEXT];           /* the second address of this machine; "" not looked for */
	unsigned asked, right;         /* questions; guessed rightly */
};

/* Headline, about and by hand; where a person predicts, all but the name waits for the outcome. */
void view_experiment(struct show *show);

/* "4 same-tuple  the one thing ..." of the list. */
void view_entry(const struct show *show);

void view_scene(struct show *show, const struct scene *scene);

/* From now on deeds are of the process `name`, which was begun with `command` (NULL: long ago). A name
 * of NULL: of this one. */
void view_speaker(struct show *show, const char *name, const char *command);

void view_deed(struct show *show, const struct deed *deed);

/* A line of a picture, as it stands; nothing in JSON. */
void view_line(const struct show *show, const char *text);

/* Likewise of a connection: its source, and behind it the rest of the line. */
void view_connection(const struct show *show, const char *source, const char *rest);

/* The scene, or all of it, cannot be played. */
void view_skip(struct show *show, const char *reason);

/* After a scene. */
void view_lesson(const struct show *show, const struct scene *scene);

/* After all scenes. */
void view_outcome(const struct show *show);

/* A text of any length in lines, begun with `before`, those that follow indented as much. */
void view_text(const char *before, const char *text);

/* "expected", "differs" or "skipped". */
const char *view_word(const struct show *show);

#endif
