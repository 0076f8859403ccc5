#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/turn.h"
#include "clock.h"

enum {
	CUT_MS = 10,     /* between two looks at a word that is cut by another process, */
	HELD_MS = 1,     /* or held, */
	HELD_LOOKS = 20, /* for so many looks: it may have been put off in its write */
};

/* What a word says, beside held by P: P, and cut by P: -P. */
#define FREE        0L
#define NEWLINE_DUE LONG_MAX

static atomic_long *words; /* TURNS; NULL: not shared */
static long me;
static long stuck; /* who held a word for all those looks: not waited for again */

void turn_share(void)
{
	void *const shared = mmap(
	    NULL, TURNS * sizeof *words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	words = shared == MAP_FAILED ? NULL : shared;
	me = (long)getpid();
}

void turn_forked(void)
{
	me = (long)getpid();
}

static bool word_swap(atomic_long *word, long from, long to)
{
	return atomic_compare_exchange_strong(word, &from, to);
}

void turn_bury(long process)
{
	for (size_t i = 0; words && i < TURNS; i++) {
		word_swap(&words[i], process, FREE);
		word_swap(&words[i], -process, NEWLINE_DUE);
	}
}

/* Returns false where that has taken long enough. */
static bool wait_for_holder(long holder, unsigned looks, int64_t until_us)
{
	const bool held = holder > 0;

	if (clock_us() >= until_us && (!held || looks >= HELD_LOOKS || holder == stuck)) {
		if (held)
			stuck = holder;
		return false;
	}
	poll(NULL, 0, held ? HELD_MS : CUT_MS);
	return true;
}

enum turn turn_take(size_t outlet, int64_t until_us)
{
	if (!words)
		return TURN_MINE;
	for (unsigned looks = 0;; looks++) {
		const long at = atomic_load(&words[outlet]);
		if (at == FREE && word_swap(&words[outlet], FREE, me)) {
			stuck = 0;
			return TURN_MINE;
		}
		if (at == NEWLINE_DUE && word_swap(&words[outlet], NEWLINE_DUE, -me))
			return TURN_NEWLINE;
		if (at != FREE && at != NEWLINE_DUE && !wait_for_holder(at, looks, until_us))
			return TURN_OTHERS;
	}
}

static void word_set(size_t outlet, long to)
{
	if (words)
		atomic_store(&words[outlet], to);
}

void turn_hold(size_t outlet)
{
	word_set(outlet, me);
}

void turn_cut(size_t outlet)
{
	word_set(outlet, -me);
}

void turn_leave_cut(size_t outlet)
{
	word_set(outlet, NEWLINE_DUE);
}

void turn_end(size_t outlet)
{
	word_set(outlet, FREE);
}
