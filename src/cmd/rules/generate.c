#include "cmd/rules/author.h"
#include "cmd/rules/sequence.h"
#include "tcp/share.h"

enum { LEAST = 3 };

/* One of those that fit, at random; NOBODY. */
static int choose(struct author *author, bool (*fits)(const struct actor *))
{
	int found = NOBODY;
	unsigned count = 0;

	for (int i = 0; i < AUTHOR_SOCKETS; i++)
		if (fits(&author->actors[i]) && author_draw(author, ++count) == 0)
			found = i;
	return found;
}

static bool is_unused(const struct actor *actor)
{
	return !actor->open;
}

static bool is_open(const struct actor *actor)
{
	return actor->open;
}

static bool may_listen(const struct actor *actor)
{
	return actor->open && actor->spot != NOBODY && !actor->listens && !actor->dialled;
}

static bool may_dial(const struct actor *actor)
{
	return !actor->listens && !actor->dialled;
}

static bool is_listening(const struct actor *actor)
{
	return actor->open && actor->listens;
}

static bool has_waiting(const struct actor *actor)
{
	return is_listening(actor) && actor->waiting > 0;
}

static void write_bind(struct author *author)
{
	const int number = choose(author, is_unused);

	if (number == NOBODY)
		return;
	const int spot = (int)author_draw(author, AUTHOR_SPOTS);
	const char port = author_draw(author, 8) ? 'P' : 'Q';
	const unsigned set = author_draw(author, 9);
	author->actors[number] =
	    (struct actor){.open = true, .v6 = author_spots[spot].v6, .spot = spot, .port = port};
	author_write(author, "%c bind %s:%c%s%s%s", author_name(number), author_spots[spot].bind,
	    port, author_spots[spot].words,
	    share_sets[set < 4   ? set
		       : set < 6 ? 2
		       : set < 8 ? 3
				 : 1]
		.words,
	    author_user(author));
}

static void write_listen(struct author *author)
{
	const int number = choose(author, may_listen);

	if (number == NOBODY)
		return;
	author->actors[number].listens = true;
	author_write(author, "%c listen", author_name(number));
}

/* From one that is bound to the other port, lest it dials itself, or from one of its own. */
static void write_connect(struct author *author)
{
	const int listener = choose(author, is_listening), number = choose(author, may_dial);
	const int spot = listener == NOBODY ? (int)author_draw(author, AUTHOR_SPOTS)
					    : author->actors[listener].spot;
	char port = listener == NOBODY ? 'Q' : author->actors[listener].port;

	if (number == NOBODY || (listener == NOBODY && author_draw(author, 4) != 0))
		return;
	struct actor *actor = &author->actors[number];
	const bool bound = actor->open && actor->spot != NOBODY;
	if (bound && actor->port == port)
		port = port == 'P' ? 'Q' : 'P';
	const unsigned way = actor->open && !actor->v6 ? 0
			     : actor->open             ? 1 + author_draw(author, 2)
						       : author_draw(author, 3);
	if (!author_spots[spot].dials[way])
		return;
	if (!actor->open)
		*actor = (struct actor){.open = true, .v6 = way > 0, .spot = NOBODY};
	actor->dialled = true;
	for (int i = 0; i < AUTHOR_SOCKETS; i++)
		if (is_listening(&author->actors[i]) && author->actors[i].port == port &&
		    author_spots[author->actors[i].spot].dials[way])
			author->actors[i].waiting++;
	author_write(author, "%c connect %s:%c%s", author_name(number),
	    author_spots[spot].dials[way], port, bound ? "" : author_user(author));
}

static void write_accept(struct author *author)
{
	const int listener = choose(author, has_waiting), number = choose(author, is_unused);

	if (listener == NOBODY || number == NOBODY)
		return;
	author->actors[listener].waiting = 0; /* an empty queue takes a tenth of a second */
	author->actors[number] = (struct actor){
	    .open = true, .v6 = author->actors[listener].v6, .spot = NOBODY, .dialled = true};
	author_write(author, "%c accept %c", author_name(number), author_name(listener));
}

static void write_option(struct author *author)
{
	static const char *const words[] = {"set reuseaddr", "clear reuseaddr", "set reuseport",
	    "clear reuseport", "clear reuseaddr reuseport", "set reuseaddr reuseport", "set v6only",
	    "clear v6only"};
	const int number = choose(author, is_open);

	if (number == NOBODY)
		return;
	author_write(author, "%c %s", author_name(number),
	    words[author_draw(author, author->actors[number].v6 ? 8 : 6)]);
}

static void write_end(struct author *author)
{
	const int number = choose(author, is_open);

	if (number == NOBODY)
		return;
	/* Nobody acknowledges for 40 ms the FIN of one that was not accepted: that is not asked often. */
	const bool waits = author->actors[number].dialled && choose(author, has_waiting) != NOBODY;
	const bool reset = author_draw(author, waits ? 16 : 3) >= (waits ? 1 : 2);
	author->actors[number] = (struct actor){.spot = NOBODY};
	author_write(author, "%c %s", author_name(number), reset ? "reset" : "close");
}

void generate(uint64_t seed, struct sequence *sequence)
{
	/* How often each is written. */
	static const struct {
		unsigned share;
		void (*write)(struct author *);
	} kinds[] = {{8, write_bind}, {5, write_listen}, {5, write_connect}, {3, write_accept},
	    {3, write_option}, {4, write_end}};
	enum { SHARES = 8 + 5 + 5 + 3 + 3 + 4 };
	struct author author = {.state = seed, .sequence = sequence};

	*sequence = (struct sequence){0};
	author.two_users = author_draw(&author, 3) == 0;
	const unsigned length = LEAST + author_draw(&author, GENERATE_STEPS - LEAST);
	if (author_draw(&author, 2) == 0)
		write_scene(&author);
	else
		write_bind(&author);
	for (int tries = 0; tries < 4 * GENERATE_STEPS && sequence->count < length; tries++) {
		unsigned pick = author_draw(&author, SHARES), kind = 0;
		while (pick >= kinds[kind].share)
			pick -= kinds[kind++].share;
		kinds[kind].write(&author);
	}
}
