#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "words/script_name.h"

static int by_name(const void *a, const void *b)
{
	const struct script_name *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* Room for one name more. Returns false without memory. */
static bool make_room_for_name(struct script *script)
{
	const size_t room = script->name_room ? 2 * script->name_room : 8;

	if (script->name_count < script->name_room)
		return true;
	struct script_name **more = realloc(script->names, room * sizeof *more);
	if (!more)
		return false;
	script->names = more;
	script->name_room = room;
	return true;
}

struct script_name *script_name(struct script *script, const char *word)
{
	struct script_name *const name = malloc(sizeof *name + strlen(word) + 1);

	if (!name || !make_room_for_name(script)) {
		free(name);
		return NULL;
	}
	*name = (struct script_name){.number = (int)script->name_count};
	memcpy(name->name, word, strlen(word) + 1);
	struct script_name *const *found = tsearch(name, &script->by_name, by_name);
	if (!found || *found != name)
		free(name);
	else
		script->names[script->name_count++] = name;
	return found ? *found : NULL;
}

void step_forget_names(struct script *script)
{
	for (size_t i = 0; i < script->name_count; i++) {
		tdelete(script->names[i], &script->by_name, by_name);
		free(script->names[i]);
	}
	free(script->names);
}
