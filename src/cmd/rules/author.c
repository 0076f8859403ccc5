#include <stdarg.h>
#include <stdio.h>

#include "cmd/rules/author.h"
#include "tcp/share.h"

const struct author_spot author_spots[AUTHOR_SPOTS] = {
    {"0.0.0.0", "", false, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"127.0.0.1", "", false, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"127.0.0.2", "", false, {"127.0.0.2", NULL, "[::ffff:127.0.0.2]"}},
    {"[::]", " no-v6only", true, {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"}},
    {"[::]", " v6only", true, {NULL, "[::1]", NULL}},
    {"[::1]", "", true, {NULL, "[::1]", NULL}},
    {"[::ffff:127.0.0.1]", " no-v6only", true, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"[::ffff:0.0.0.0]", " no-v6only", true, {"127.0.0.2", NULL, "[::ffff:127.0.0.1]"}},
};
/* splitmix64, Vigna 2015. */
unsigned author_draw(struct author *author, unsigned below)
{
	uint64_t z = author->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)(((z ^ z >> 31) >> 32) % below);
}

void author_write(struct author *author, const char *format, ...)
{
	struct sequence *sequence = author->sequence;
	va_list args;

	if (sequence->count == GENERATE_STEPS)
		return;
	va_start(args, format);
	vsnprintf(sequence->steps[sequence->count++], GENERATE_TEXT, format, args);
	va_end(args);
}

char author_name(int number)
{
	return (char)('a' + number);
}

const char *author_user(struct author *author)
{
	return author->two_users && author_draw(author, 3) == 0 ? " uid=65534" : "";
}

const char *author_options(struct author *author)
{
	return share_sets[author_draw(author, SHARE_SETS)].words;
}
