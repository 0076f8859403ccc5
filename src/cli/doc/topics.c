#include <string.h>

#include "cli/doc/program.h"
#include "cli/doc/topic_texts.h"
#include "cli/doc/topics.h"

const struct topic topics[] = {
    {"sharing", "How sockets share an address and a port", "SO_REUSEADDR, SO_REUSEPORT, TIME_WAIT",
	{doc_story, topic_sharing, topic_sharing_more, doc_session}},
    {"errors", "What the errors of socket calls mean, and how to find the cause",
	"Address already in use, EADDRINUSE, EADDRNOTAVAIL, EACCES, ECONNREFUSED", {topic_errors}},
    {"systems", "What each system's rule of sharing is, and how that is known",
	"Linux, FreeBSD, NetBSD, OpenBSD, macOS, Solaris, gVisor",
	{topic_systems, topic_systems_checked}},
    {"service", "How to run the echo server as a service", "systemd, socket activation, sandbox",
	{topic_service}},
    {"speed", "How fast the echo server is, and how many connections fit",
	"benchmark, ephemeral ports", {topic_speed, topic_speed_goals}},
    {"trust", "How the program is tested, and what that found", "faults, fuzzing, soak",
	{topic_trust}},
    {"json", "The events of --json and their fields", "scripts, jq", {topic_json}},
    {"conventions", "How words are written, and what every command prints",
	"durations, addresses, colour, exit status", {doc_conventions, doc_statuses}},
    {0},
};

const struct topic *topic_find(const char *word)
{
	for (const struct topic *topic = topics; topic->name; topic++)
		if (!strcmp(topic->name, word))
			return topic;
	return NULL;
}
