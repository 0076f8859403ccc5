/* Pages that are no command's: reuse help TOPIC, TOPIC(7). */
#ifndef REUSE_CLI_DOC_TOPICS_H
#define REUSE_CLI_DOC_TOPICS_H

/* Paragraphs as in struct command. */
struct topic {
	const char *name;    /* as typed: "sharing" */
	const char *summary; /* one line, no full stop */
	const char *text;    /* NULL: made by the command help */
	const char *more;    /* further paragraphs, or NULL */
};

/* All of them, ended by a row whose name is NULL. */
extern const struct topic topics[];

/* The topic called `word`; NULL if none. */
const struct topic *topic_find(const char *word);

/* Print it as a page, as an event, and in man(7) macros. */
void doc_topic(const struct topic *topic);
void doc_topic_json(const struct topic *topic);
void doc_topic_man(const struct topic *topic);

#endif
