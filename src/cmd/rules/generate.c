#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd/rules/generate.h"
#include "tcp/share.h"

enum { SOCKETS = 6, LEAST = 3, NOBODY = -1 };

/* Where a socket may bind: the rows of table 1. `dials`: of it, what may be dialled that reaches it. */
static const struct {
	const char *bind, *words;
	bool v6;
	const char *dials[3]; /* by IPv4, by an IPv6 socket, by an IPv6 socket mapped; NULL: not */
} spots[] = {
    {"0.0.0.0", "", false, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"127.0.0.1", "", false, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"127.0.0.2", "", false, {"127.0.0.2", NULL, "[::ffff:127.0.0.2]"}},
    {"[::]", " no-v6only", true, {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"}},
    {"[::]", " v6only", true, {NULL, "[::1]", NULL}},
    {"[::1]", "", true, {NULL, "[::1]", NULL}},
    {"[::ffff:127.0.0.1]", " no-v6only", true, {"127.0.0.1", NULL, "[::ffff:127.0.0.1]"}},
    {"[::ffff:0.0.0.0]", " no-v6only", true, {"127.0.0.2", NULL, "[::ffff:127.0.0.1]"}},
};
enum { SPOTS = sizeof spots / sizeof *spots };

/* A socket as far as the choice of steps looks at it; what the kernel made of them is not known. */
struct actor {
	bool open, v6, listens, dialled;
	int spot; /* NOBODY: not bound */
	char port;
	int waiting; /* connections that it may have in its queue */
};

struct author {
	uint64_t state;
	struct actor actors[SOCKETS];
	struct sequence *sequence;
	bool two_users;
};

/* splitmix64, Vigna 2015. */
static unsigned draw(struct author *author, unsigned below)
{
	uint64_t z = author->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)(((z ^ z >> 31) >> 32) % below);
}

__attribute__((format(printf, 2, 3))) static void write_step(
    struct author *author, const char *format, ...)
{
	struct sequence *sequence = author->sequence;
	va_list args;

	va_start(args, format);
	if (sequence->count < GENERATE_STEPS)
		vsnprintf(sequence->steps[sequence->count++], GENERATE_TEXT, format, args);
	va_end(args);
}

/* One of those that fit, at random; NOBODY. */
static int choose(struct author *author, bool (*fits)(const struct actor *))
{
	int found = NOBODY;
	unsigned count = 0;

	for (int i = 0; i < SOCKETS; i++)
		if (fits(&author->actors[i]) && draw(author, ++count) == 0)
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

static char socket_name(int number)
{
	return (char)('a' + number);
}

static const char *user_words(struct author *author)
{
	return author->two_users && draw(author, 3) == 0 ? " uid=65534" : "";
}

static const char *set_words(struct author *author)
{
	return share_sets[draw(author, SHARE_SETS)].words;
}

static void write_bind(struct author *author)
{
	const int number = choose(author, is_unused);

	if (number == NOBODY)
		return;
	const int spot = (int)draw(author, SPOTS);
	const char port = draw(author, 8) ? 'P' : 'Q';
	const unsigned set = draw(author, 9);
	author->actors[number] =
	    (struct actor){.open = true, .v6 = spots[spot].v6, .spot = spot, .port = port};
	write_step(author, "%c bind %s:%c%s%s%s", socket_name(number), spots[spot].bind, port,
	    spots[spot].words,
	    share_sets[set < 4   ? set
		       : set < 6 ? 2
		       : set < 8 ? 3
				 : 1]
		.words,
	    user_words(author));
}

static void write_listen(struct author *author)
{
	const int number = choose(author, may_listen);

	if (number == NOBODY)
		return;
	author->actors[number].listens = true;
	write_step(author, "%c listen", socket_name(number));
}

/* From one that is bound to the other port, lest it dials itself, or from one of its own. */
static void write_connect(struct author *author)
{
	const int listener = choose(author, is_listening), number = choose(author, may_dial);
	const int spot =
	    listener == NOBODY ? (int)draw(author, SPOTS) : author->actors[listener].spot;
	char port = listener == NOBODY ? 'Q' : author->actors[listener].port;

	if (number == NOBODY || (listener == NOBODY && draw(author, 4) != 0))
		return;
	struct actor *actor = &author->actors[number];
	const bool bound = actor->open && actor->spot != NOBODY;
	if (bound && actor->port == port)
		port = port == 'P' ? 'Q' : 'P';
	const unsigned way = actor->open && !actor->v6 ? 0
			     : actor->open             ? 1 + draw(author, 2)
						       : draw(author, 3);
	if (!spots[spot].dials[way])
		return;
	if (!actor->open)
		*actor = (struct actor){.open = true, .v6 = way > 0, .spot = NOBODY};
	actor->dialled = true;
	for (int i = 0; i < SOCKETS; i++)
		if (is_listening(&author->actors[i]) && author->actors[i].port == port &&
		    spots[author->actors[i].spot].dials[way])
			author->actors[i].waiting++;
	write_step(author, "%c connect %s:%c%s", socket_name(number), spots[spot].dials[way], port,
	    bound ? "" : user_words(author));
}

static void write_accept(struct author *author)
{
	const int listener = choose(author, has_waiting), number = choose(author, is_unused);

	if (listener == NOBODY || number == NOBODY)
		return;
	author->actors[listener].waiting = 0; /* an empty queue takes a tenth of a second */
	author->actors[number] = (struct actor){
	    .open = true, .v6 = author->actors[listener].v6, .spot = NOBODY, .dialled = true};
	write_step(author, "%c accept %c", socket_name(number), socket_name(listener));
}

static void write_option(struct author *author)
{
	static const char *const words[] = {"set reuseaddr", "clear reuseaddr", "set reuseport",
	    "clear reuseport", "clear reuseaddr reuseport", "set reuseaddr reuseport", "set v6only",
	    "clear v6only"};
	const int number = choose(author, is_open);

	if (number == NOBODY)
		return;
	write_step(author, "%c %s", socket_name(number),
	    words[draw(author, author->actors[number].v6 ? 8 : 6)]);
}

static void write_end(struct author *author)
{
	const int number = choose(author, is_open);

	if (number == NOBODY)
		return;
	/* Nobody acknowledges for 40 ms the FIN of one that was not accepted: that is not asked often. */
	const bool waits = author->actors[number].dialled && choose(author, has_waiting) != NOBODY;
	const bool reset = draw(author, waits ? 16 : 3) >= (waits ? 1 : 2);
	author->actors[number] = (struct actor){.spot = NOBODY};
	write_step(author, "%c %s", socket_name(number), reset ? "reset" : "close");
}

/* How a TIME_WAIT comes about, of which random steps make few: a connects to b, from a port that it was bound
 * to; c is what b accepts; the ends close. Then often somebody binds where the first to close was, and connects again. */
static void write_waiting(struct author *author)
{
	const int spot = (int)draw(author, SPOTS);
	unsigned way = draw(author, 3);
	const char *const set = set_words(author), *const listening = set_words(author);

	while (!spots[spot].dials[way])
		way = (way + 1) % 3;
	static const char *const from[] = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"};
	const char *const mapped = way == 2 ? " no-v6only" : "";
	for (int i = 0; i < 3; i++)
		author->actors[i] = (struct actor){.spot = NOBODY};
	write_step(author, "b bind %s:P%s%s%s", spots[spot].bind, spots[spot].words, listening,
	    user_words(author));
	write_step(author, "b listen");
	write_step(author, "a bind %s:Q%s%s%s", from[way], mapped, set, user_words(author));
	write_step(author, "a connect %s:P", spots[spot].dials[way]);
	write_step(author, "c accept b");
	author->actors[1] = (struct actor){
	    .open = true, .v6 = spots[spot].v6, .spot = spot, .port = 'P', .listens = true};
	const bool a_first = draw(author, 2) == 0;
	write_step(author, "%c close", a_first ? 'a' : 'c');
	write_step(author, "%c close", a_first ? 'c' : 'a');
	if (draw(author, 3) == 0)
		return;
	if (a_first) {
		write_step(author, "d bind %s:Q%s%s%s", from[way], mapped, set_words(author),
		    user_words(author));
		write_step(author, "d connect %s:P", spots[spot].dials[way]);
		author->actors[3] =
		    (struct actor){.open = true, .v6 = way > 0, .spot = NOBODY, .dialled = true};
		return;
	}
	write_step(author, "b close");
	author->actors[1] = (struct actor){.spot = NOBODY};
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
	author.two_users = draw(&author, 3) == 0;
	const unsigned length = LEAST + draw(&author, GENERATE_STEPS - LEAST);
	if (draw(&author, 8) == 0)
		write_waiting(&author);
	else
		write_bind(&author);
	for (int tries = 0; tries < 4 * GENERATE_STEPS && sequence->count < length; tries++) {
		unsigned pick = draw(&author, SHARES), kind = 0;
		while (pick >= kinds[kind].share)
			pick -= kinds[kind++].share;
		kinds[kind].write(&author);
	}
}
