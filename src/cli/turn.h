/* Whose turn it is to write a line, among processes that write to one stdout and stderr. No line stands
 * within another: who has cut a line, because there was no room for all of it, is the only one to write
 * until it is whole. A word an outlet, in memory that all share, says where it stands:
 *
 *   free         P takes it by compare-and-swap: held by P
 *   held by P    the line is whole, or nothing of it went out: free
 *                a part of it went out: cut by P
 *   cut by P     P has written the rest: held by P
 *                P will not write it: newline due
 *   newline due  Q takes it by compare-and-swap: cut by Q; the newline is out: held by Q, else newline due
 *
 * Where P is gone, held by P becomes free (it was killed before or after its write, hardly within), and cut by P
 * newline due. One that is stopped (SIGSTOP) while it holds the word costs the others their lines until it goes on;
 * they count them. Without turn_share it is always this process's turn. */
#ifndef REUSE_CLI_TURN_H
#define REUSE_CLI_TURN_H

#include <stddef.h>
#include <stdint.h>

enum { TURNS = 2 }; /* outlets, from 0 */

enum turn {
	TURN_MINE,    /* held */
	TURN_NEWLINE, /* cut: a newline is due first */
	TURN_OTHERS,
};

/* Before processes are forked that write beside this one. */
void turn_share(void);

/* In each of them, first. */
void turn_forked(void);

/* That process is gone. */
void turn_bury(long process);

/* Waits for one that has cut a line until `until_us`, a time of clock_us, and for one that is writing now a
 * moment at least. */
enum turn turn_take(size_t outlet, int64_t until_us);

/* What became of it, each by the process that has it. */
void turn_hold(size_t outlet);
void turn_cut(size_t outlet);
void turn_leave_cut(size_t outlet);
void turn_end(size_t outlet);

#endif
