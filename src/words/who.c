#include <stdio.h>
#include <string.h>

#include "cli/text.h"
#include "os/process.h"
#include "words/who.h"

enum { PROGRAMS = 4 }; /* named in a line, of many that have one socket */

const char *who_user(long uid)
{
	static char name[USER_NAME];
	static long of = -1;

	if (of != uid)
		user_name((uid_t)uid, name);
	of = uid;
	return name;
}

const char *who_text(
    const struct holders *holders, const struct holder *holder, char text[WHO_TEXT])
{
	char program[4 * HOLDER_PROGRAM];

	*text = 0;
	for (size_t i = 0; i < holder->owner_count && i < PROGRAMS; i++) {
		const struct process *process = holder_process(holders, holder, i);
		/* 40 columns are enough for a name that a process has chosen for itself. */
		text_escape(program, 40, process->program, strlen(process->program));
		/* Without a name where it was not read, or where the process has taken it off. */
		text_add(text, WHO_TEXT, *program ? "%s%s[%ld]" : "%s%sprocess %ld", i ? " " : "",
		    program, process->pid);
	}
	if (holder->owner_count > PROGRAMS)
		text_add(text, WHO_TEXT, " and %zu more", holder->owner_count - PROGRAMS);
	if (holder->owner_count == 0 && holder->inode && holder->uid >= 0)
		snprintf(text, WHO_TEXT, "a process of %s", who_user(holder->uid));
	else if (holder->owner_count == 0)
		snprintf(text, WHO_TEXT, holder->inode ? "a process" : "no process");
	return text;
}
