/* The heartbeat client: sends, and reads until all of it is back. */
#ifndef REUSE_TCP_BEAT_H
#define REUSE_TCP_BEAT_H

#include <stddef.h>
#include <stdint.h>

enum beat_end {
	BEAT_ECHOED,   /* all is back; of a rest: it was quiet to its end */
	BEAT_TIMEOUT,  /* the echo was not complete in time */
	BEAT_MISMATCH, /* what came is not what was sent */
	BEAT_SURPLUS,  /* more came than was sent */
	BEAT_PEER,     /* the server closed */
	BEAT_RESET,    /* the server reset the connection */
	BEAT_STOPPED,  /* the stop descriptor became readable */
	BEAT_FAULT,    /* an errno that is none of these */
};

/* One connection's heartbeats. */
struct beat {
	int fd;   /* connected and non-blocking; the caller's */
	int stop; /* a descriptor of the caller's; -1: none */
	int wake; /* another: while it is readable woken(who) is called, which reads it; */
	void (*woken)(void *who); /* NULL: there is none */
	void *who;
	int64_t timeout_us; /* longest wait for the whole echo */
	const char *data;   /* what is sent, len bytes; or NULL: len bytes of a pattern */
	uint64_t len;       /* at least 1 */
};

/* How it went. */
struct beat_result {
	int64_t rtt_ns;          /* BEAT_ECHOED: from the first byte sent to the last one back */
	uint64_t at;             /* BEAT_MISMATCH: the first wrong byte's place, from 0 */
	unsigned char want, got; /* BEAT_MISMATCH both, BEAT_SURPLUS got: the first one */
	int error;               /* BEAT_FAULT */
};

/* One heartbeat; `seq` counts them from 1 and shifts the pattern, so that a late echo is no right
 * one. After anything but BEAT_ECHOED the stream is out of step. */
enum beat_end beat_once(const struct beat *beat, uint64_t seq, struct beat_result *result);

/* Ends the connection: sends a FIN and waits a moment for the server's, so that the caller, who closes
 * `fd`, leaves nothing but a TIME_WAIT, which the same pair of ends may pass. */
void beat_part(const struct beat *beat);

/* Rests for `rest_us`; a server that closes or speaks unasked and the stop descriptor end it at
 * once. */
enum beat_end beat_rest(const struct beat *beat, int64_t rest_us, struct beat_result *result);

#endif
