/* What the load generator was asked to do, and its kinds of work. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One server under load. */
struct target {
	struct sockaddr_in server;
	size_t idle; /* connections that stay silent beside those at work */
	pid_t pid;   /* whose CPU time is told; 0: nobody's */
};

struct load {
	struct target *targets; /* they take turns */
	size_t target_count;
	size_t count;     /* connections at work, of each target */
	int64_t run_us;   /* how long each target works, in all */
	int64_t slice_us; /* and how long at a time */
	char **command;   /* start: the server and its words, ended by NULL */
};

/* A kind of work that is done in slices. Between two of them nothing is under way, so that a
 * server that is not at work costs the others nothing. All end the program by fail(). */
struct work {
	/* Returns the state of this work with one target; end() takes it over. */
	void *(*begin)(const struct load *load, const struct target *target);
	/* Works until `until_us` and until all is back; returns how many (units) came back. */
	uint64_t (*slice)(void *state, int64_t until_us);
	/* Returns the fewest answers of a connection / the most; 1 where this means nothing. */
	double (*end)(void *state);
	double unit; /* CPU time is told for so many */
};

extern const struct work work_rr;    /* messages: request and response, one outstanding */
extern const struct work work_bulk;  /* bytes: one stream, both ways at once */
extern const struct work work_cycle; /* connect, message, half-close, read to the end */

/* These print one line of JSON for each target on stdout. */
void load_turns(const struct load *load, const struct work *work); /* slices, by turns */
void load_idle(const struct load *load);  /* hold connections until stdin ends */
void load_start(const struct load *load); /* from start of a server to its first echo */

#endif
