/* The words of the topics: paragraphs, as in struct command. */
#ifndef REUSE_CLI_DOC_TOPIC_TEXTS_H
#define REUSE_CLI_DOC_TOPIC_TEXTS_H

extern const char topic_sharing[], topic_sharing_more[];
extern const char topic_errors[];
extern const char topic_systems[], topic_systems_checked[];
extern const char topic_service[];
extern const char topic_speed[], topic_speed_goals[];
extern const char topic_trust[];
extern const char topic_json[];

#endif
