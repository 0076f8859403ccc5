#include "cmd/rules/author.h"

/* By which family somebody dials who reaches that spot: an index of `dials`. */
static unsigned some_way(struct author *author, int spot)
{
	unsigned way = author_draw(author, 3);

	while (!author_spots[spot].dials[way])
		way = (way + 1) % 3;
	return way;
}

/* Half of them to share with all of the user. */
static const char *sharing_options(struct author *author)
{
	return author_draw(author, 2) ? " reuseport" : author_options(author);
}

/* Binds to P at that spot; the words of its options behind. */
static void write_at(struct author *author, int number, int spot, const char *options)
{
	author->actors[number] =
	    (struct actor){.open = true, .v6 = author_spots[spot].v6, .spot = spot, .port = 'P'};
	author_write(author, "%c bind %s:P%s%s%s", author_name(number), author_spots[spot].bind,
	    author_spots[spot].words, options, author_user(author));
}

/* What a listener leaves when it goes: a connects to b, c is what b accepts, b closes, and d binds where they
 * are. */
static void write_left(struct author *author)
{
	const int spot = (int)author_draw(author, AUTHOR_SPOTS);
	const unsigned way = some_way(author, spot);

	author->two_users |= author_draw(author, 2) == 0;
	write_at(author, 1, spot, sharing_options(author));
	author_write(author, "b listen");
	author_write(author, "a connect %s:P", author_spots[spot].dials[way]);
	author->actors[0] =
	    (struct actor){.open = true, .v6 = way > 0, .spot = NOBODY, .dialled = true};
	if (author_draw(author, 2)) {
		author_write(author, "c accept b");
		author->actors[2] = (struct actor){
		    .open = true, .v6 = author_spots[spot].v6, .spot = NOBODY, .dialled = true};
		author_write(author, "b close");
		author->actors[1] = (struct actor){.spot = NOBODY};
	} else {
		author->actors[1].listens = true;
		author->actors[1].waiting = 1;
	}
	/* One draw a statement: compilers differ in the order of arguments, and a seed is one trial everywhere. */
	const char *const options = sharing_options(author);
	write_at(author, 3, author_draw(author, 2) ? 0 : (int)author_draw(author, AUTHOR_SPOTS),
	    options);
}

/* What connect does to a wildcard: a, bound to one, connects to b, which may not be there, or goes; d binds where
 * a is, and at times connects as well. */
static void write_narrowed(struct author *author)
{
	static const int wildcards[] = {0, 3, 4, 7}, ends[] = {1, 5, 6};
	const int spot = wildcards[author_draw(author, sizeof wildcards / sizeof *wildcards)];
	const bool is_there = author_draw(author, 2);
	unsigned way = author_spots[spot].v6 ? 1 + author_draw(author, 2) : 0;

	while (!author_spots[spot].dials[way])
		way = 3 - way;
	const char *const to = author_spots[spot].dials[way], *const options =
								  author_options(author);
	if (is_there) {
		author_write(author, "b bind %s:Q%s", to, way == 2 ? " no-v6only" : "");
		author_write(author, "b listen");
		author->actors[1] = (struct actor){.open = true,
		    .v6 = way > 0,
		    .spot = ends[way],
		    .port = 'Q',
		    .listens = true,
		    .waiting = 1};
	}
	write_at(author, 0, spot, options);
	author_write(author, "a connect %s:Q", to);
	author->actors[0].dialled = true;
	const bool goes = is_there && author_draw(author, 3) == 0;
	if (goes) {
		author_write(author, "b close");
		author->actors[1] = (struct actor){.spot = NOBODY};
	}
	if (!goes && author_draw(author, 3) == 0) {
		write_at(author, 3, spot, options);
		author_write(author, "d connect %s:Q", to);
		author->actors[3].dialled = true;
	} else {
		const char *const others = author_options(author);
		write_at(author, 3, (int)author_draw(author, AUTHOR_SPOTS), others);
	}
}

/* What a port remembers of a newcomer with SO_REUSEPORT: a, which may be gone, or b, which clears it. */
static void write_remembered(struct author *author)
{
	write_at(author, 0, (int)author_draw(author, AUTHOR_SPOTS), " reuseport");
	if (author_draw(author, 2)) {
		author_write(author, "a close");
		author->actors[0] = (struct actor){.spot = NOBODY};
	}
	write_at(author, 1, (int)author_draw(author, AUTHOR_SPOTS), " reuseport");
	author_write(author, "b clear reuseport");
	write_at(author, 2, (int)author_draw(author, AUTHOR_SPOTS), " reuseport");
}

/* How a TIME_WAIT comes about, of which random steps make few: a connects to b, from a port that it was bound
 * to; c is what b accepts; the ends close. Then often somebody binds where the first to close was, and connects again. */
static void write_waiting(struct author *author)
{
	const int spot = (int)author_draw(author, AUTHOR_SPOTS);
	const unsigned way = some_way(author, spot);
	const char *const set = author_options(author), *const listening = author_options(author);

	static const char *const from[] = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"};
	const char *const mapped = way == 2 ? " no-v6only" : "";
	for (int i = 0; i < 3; i++)
		author->actors[i] = (struct actor){.spot = NOBODY};
	author_write(author, "b bind %s:P%s%s%s", author_spots[spot].bind, author_spots[spot].words,
	    listening, author_user(author));
	author_write(author, "b listen");
	author_write(author, "a bind %s:Q%s%s%s", from[way], mapped, set, author_user(author));
	author_write(author, "a connect %s:P", author_spots[spot].dials[way]);
	author_write(author, "c accept b");
	author->actors[1] = (struct actor){
	    .open = true, .v6 = author_spots[spot].v6, .spot = spot, .port = 'P', .listens = true};
	const bool a_first = author_draw(author, 2) == 0;
	author_write(author, "%c close", a_first ? 'a' : 'c');
	author_write(
	    author, "%c %s", a_first ? 'c' : 'a', author_draw(author, 4) ? "close" : "reset");
	if (author_draw(author, 3) == 0)
		return;
	if (a_first) {
		const char *const user = author_user(author);
		author_write(
		    author, "d bind %s:Q%s%s%s", from[way], mapped, author_options(author), user);
		author_write(author, "d connect %s:P", author_spots[spot].dials[way]);
		author->actors[3] =
		    (struct actor){.open = true, .v6 = way > 0, .spot = NOBODY, .dialled = true};
		return;
	}
	author_write(author, "b close");
	author->actors[1] = (struct actor){.spot = NOBODY};
}

void write_scene(struct author *author)
{
	static void (*const scenes[])(struct author *) = {
	    write_waiting, write_left, write_narrowed, write_remembered};

	scenes[author_draw(author, sizeof scenes / sizeof *scenes)](author);
}
