/* What a diagnosis says, in sentences: the answer's line, what would help, what could not be seen. Prints
 * nothing. */
#ifndef REUSE_ANSWER_SENTENCES_H
#define REUSE_ANSWER_SENTENCES_H

#include "diagnosis/diagnosis.h"

enum { SENTENCE_TEXT = 800, SENTENCES_MOST = 24 };

/* In the order in which they are told. */
enum sentence_kind {
	SENTENCE_ANSWER,
	SENTENCE_OPTION,
	SENTENCE_WAIT,
	SENTENCE_USER,
	SENTENCE_STOP,
	SENTENCE_KILL,
	SENTENCE_CAUSE,
	SENTENCE_OTHER, /* another port */
	SENTENCE_BOTH,  /* an option that the others would need as well */
	SENTENCE_AGAIN, /* what to change for the next time */
	SENTENCE_UNSEEN,
	SENTENCE_KINDS,
};

struct sentence {
	enum sentence_kind kind;
	char text[SENTENCE_TEXT]; /* where it was inferred, it ends with "(inferred)" */
	bool inferred;
};

struct sentences {
	struct sentence list[SENTENCES_MOST];
	size_t count;
};

/* `name`: what was asked for, as "TCP port 8080"; `in_the_way`: how many sockets are in the way of that, which may stand for
 * more than the address of the diagnosis. */
void sentences_answer(const struct diagnosis *diagnosis, size_t in_the_way, const char *name,
    struct sentence *sentence);

/* What would let the newcomer have the port, in the order of their effort; of a free one nothing. `alone`: something else lets
 * it have the other address that was asked for. */
void sentences_cures(const struct diagnosis *diagnosis, bool alone, struct sentences *sentences);

/* The parts of it that stop and end what is in the way. */
void sentences_stops(const struct diagnosis *diagnosis, struct sentences *sentences);

/* Of the first that would be killed, or whose unit is more than it, what it has the port for. By its name alone it is
 * known. */
void sentences_forwarder(const struct diagnosis *diagnosis, struct sentences *sentences);

__attribute__((format(printf, 4, 5))) void sentences_add(
    struct sentences *sentences, enum sentence_kind kind, bool inferred, const char *format, ...);

/* What could not be seen of those in the way (with `all` of any), and what would show it. `again`: the
 * command that root would type. */
void sentences_unseen(const struct diagnosis diagnoses[], size_t count, bool all, const char *again,
    struct sentences *sentences);

/* Adds who has a socket: "python3[12] of bob". */
void sentences_who(
    const struct holders *holders, const struct holder *holder, char *text, size_t size);

/* Adds the address of a socket, with the interface that it is bound to: "0.0.0.0:80%eth0". */
void sentences_local(const struct holder *holder, char *text, size_t size);

/* "SO_REUSEADDR and SO_REUSEPORT", "no option". */
const char *sentences_set(unsigned set);

/* Seconds, rounded up. */
long long sentences_seconds(int64_t ms);

#endif
