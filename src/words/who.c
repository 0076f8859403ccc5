#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/text.h"
#include "os/process.h"
#include "words/who.h"

enum {
	PROGRAMS = 4,        /* named in a line, of many that have one socket */
	PROGRAM_COLUMNS = 40 /* enough for a name that a process has chosen for itself */
};

const char *who_user(long uid)
{
	static char name[USER_NAME];
	static long of = -1;

	if (of != uid && out_numeric())
		snprintf(name, sizeof name, "%ld", uid);
	else if (of != uid)
		user_name((uid_t)uid, name);
	of = uid;
	return name;
}

const char *who_process(const struct process *process, char text[WHO_TEXT])
{
	char program[PROGRAM_COLUMNS];

	text_escape(program, sizeof program, process->program, strlen(process->program));
	/* Without a name where it was not read, or where the process has taken it off. */
	snprintf(
	    text, WHO_TEXT, *program ? "%s%s[%ld]" : "%s%sprocess %ld", "", program, process->pid);
	return text;
}

const char *who_place(const struct placement *place)
{
	if (*place->container)
		return *place->name ? place->name : place->container;
	return place->session ? "" : place->unit;
}

long who_uid(const struct holders *holders, const struct holder *holder, size_t i)
{
	const long uid = holder_process(holders, holder, i)->uid;

	return uid >= 0 ? uid : holder->uid;
}

void who_processes(
    const struct holders *holders, const struct holder *holder, bool each, char *text, size_t size)
{
	char one[WHO_TEXT];

	for (size_t i = 0; i < holder->owner_count && i < PROGRAMS; i++) {
		const long uid = who_uid(holders, holder, i);
		text_add(text, size, "%s%s",
		    i == 0 ? ""
		    : each ? " and "
			   : " ",
		    who_process(holder_process(holders, holder, i), one));
		if (each && uid >= 0)
			text_add(text, size, " of %s", who_user(uid));
	}
	if (holder->owner_count > PROGRAMS)
		text_add(text, size, " and %zu more", holder->owner_count - PROGRAMS);
}

const char *who_text(
    const struct holders *holders, const struct holder *holder, char text[WHO_TEXT])
{
	const char *place = who_place(holders_placement(holders, holder->place));

	*text = 0;
	who_processes(holders, holder, false, text, WHO_TEXT);
	if (holder->owner_count > 0)
		return text;
	if (*place)
		snprintf(text, WHO_TEXT, "a process of %.200s", place);
	else if (holder->inode && holder->uid >= 0)
		snprintf(text, WHO_TEXT, "a socket of %s", who_user(holder->uid));
	else
		snprintf(text, WHO_TEXT, holder->inode ? "a socket" : "no process");
	return text;
}
