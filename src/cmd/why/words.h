/* What is asked of why, as people and other tools write it. */
#ifndef REUSE_CMD_WHY_WORDS_H
#define REUSE_CMD_WHY_WORDS_H

#include "cli/common.h"
#include "tcp/fault.h"
#include "words/endpoint.h"

enum { QUESTIONS_MOST = 64 };

struct question {
	int error; /* an errno; 0: a port is asked for */
	enum tcp_call call;
	struct endpoint endpoint;
	bool udp;
	bool port_alone;
	bool bare;        /* a port without anything else: an address may follow */
	const char *word; /* as typed */
};

/* Reads the words into questions[]. Returns how many, or -1 after a complaint. */
int words_read(const struct common *common, int count, char **words,
    struct question questions[QUESTIONS_MOST]);

#endif
