/* Pages that are no command's: reuse help TOPIC, TOPIC(7). */
#ifndef REUSE_CLI_DOC_TOPICS_H
#define REUSE_CLI_DOC_TOPICS_H

#include "cli/doc/page.h"

enum { TOPIC_PARTS = 5 };

struct topic {
	const char *name;               /* as typed: "sharing" */
	const char *summary;            /* one line, no full stop */
	const char *search;             /* what people look for with apropos, behind the summary */
	const char *parts[TOPIC_PARTS]; /* paragraphs as in struct command; NULL behind the last */
};

/* All of them, ended by a row whose name is NULL. */
extern const struct topic topics[];

/* The topic called `word`; NULL if none. */
const struct topic *topic_find(const char *word);

/* Print it as a page, as an event, and in man(7) macros. `made` prints what stands behind its words; NULL:
 * nothing. */
void doc_topic(const struct topic *topic, void (*made)(enum page_form form));
void doc_topic_json(const struct topic *topic);
void doc_topic_man(const struct topic *topic, void (*made)(enum page_form form));

#endif
