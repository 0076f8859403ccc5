#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/say.h"
#include "cmd/listen/rivals.h"
#include "tcp/sock.h"
#include "words/who.h"

static bool is_ours(const struct holder *holder, const int *fds, size_t count)
{
	struct stat stat;

	for (size_t i = 0; i < count; i++)
		if (fstat(fds[i], &stat) == 0 && stat.st_ino == holder->inode)
			return true;
	return false;
}

/* Takes out of the list who is no rival. */
static void keep_rivals(struct holders *holders, const int *fds, size_t count)
{
	size_t at = 0, kept = 0;

	while (at < holders->count && !is_ours(&holders->list[at], fds, count))
		at++;
	/* One that is not in the list was handed over from another network namespace. */
	const struct holder ours = at < holders->count ? holders->list[at] : (struct holder){0};
	/* As Linux groups them: inet_reuseport_add_sock. */
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		if (holder->state == HOLDER_LISTEN && addr_same(&holder->local, &ours.local) &&
		    holder->device == ours.device && holder->v6only == ours.v6only &&
		    !is_ours(holder, fds, count))
			holders->list[kept++] = *holder;
	}
	holders->count = kept;
}

void rivals_warn(const int *fds, size_t count)
{
	struct holders holders;
	char who[WHO_TEXT], text[ADDR_TEXT], more[64] = "";

	if (count == 0)
		return;
	const union addr local = sock_local(fds[0]);
	if (holders_read_listeners(&holders, addr_port(&local)) < 0)
		return;
	keep_rivals(&holders, fds, count);
	if (holders.count > 0) {
		holders_know(&holders, false);
		if (holders.count > 1)
			snprintf(more, sizeof more, " and %zu more", holders.count - 1);
		say("%s%s %s on %s too: the kernel deals connections out between you",
		    who_text(&holders, &holders.list[0], who), more,
		    holders.count > 1 ? "listen" : "listens", addr_print(&local, text));
	}
	holders_free(&holders);
}
