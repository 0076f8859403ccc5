#include <string.h>

#include "cli/doc/program.h"
#include "cli/doc/topics.h"

const struct topic topics[] = {
    {"sharing", "How sockets share an address and a port", doc_story, doc_session},
    {"conventions", "How words are written, and what every command prints", doc_conventions, NULL},
    {"systems", "What is known of each system's rule of sharing, and how", NULL, NULL},
    {0},
};

const struct topic *topic_find(const char *word)
{
	for (const struct topic *topic = topics; topic->name; topic++)
		if (!strcmp(topic->name, word))
			return topic;
	return NULL;
}
