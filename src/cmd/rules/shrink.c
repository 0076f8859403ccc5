#include <stdio.h>
#include <string.h>

#include "cmd/rules/attempt.h"

/* Plainer ones first. */
static const struct {
	const char *text;
	bool wildcard;
} plain_addresses[] = {{"127.0.0.1", false}, {"0.0.0.0", true}, {"127.0.0.2", false},
    {"[::1]", false}, {"[::]", true}, {"[::ffff:127.0.0.1]", false}, {"[::ffff:0.0.0.0]", true},
    {"[::ffff:127.0.0.2]", false}};
enum { PLAIN_ADDRESSES = sizeof plain_addresses / sizeof *plain_addresses };

/* A sequence that still differs, and its run. */
struct shrinking {
	const struct attempts *attempts;
	struct sequence *sequence;
	struct attempt *attempt;
	struct fault *fault;
	int result; /* of attempt_run: 0, or it is over */
	bool again; /* something was made plainer: what was tried before may do now */
};

/* Takes the other sequence over where it differs too. */
static bool try_plainer(struct shrinking *shrinking, const struct sequence *plainer)
{
	struct attempt tried = {0};

	if (shrinking->result == 0)
		shrinking->result =
		    attempt_run(shrinking->attempts, plainer, NULL, &tried, shrinking->fault);
	if (shrinking->result != 0 || !tried.differs)
		return false;
	*shrinking->sequence = *plainer;
	shrinking->sequence->count = tried.count;
	*shrinking->attempt = tried;
	shrinking->again = true;
	return true;
}

static void drop_steps(struct shrinking *shrinking)
{
	struct sequence *const sequence = shrinking->sequence;

	for (size_t i = sequence->count; i-- > 0;) {
		struct sequence plainer = *sequence;
		if (i >= sequence->count)
			continue;
		memmove(plainer.steps + i, plainer.steps + i + 1,
		    (plainer.count - i - 1) * sizeof *plainer.steps);
		plainer.count--;
		try_plainer(shrinking, &plainer);
	}
}

/* Where the last word of a step begins, if it may be left out: an option, but not the only one of set and
 * clear, and not what decides which addresses `::` takes in, or whether there may be a mapped one. 0: there
 * is none. */
static size_t spare_word(const char *step, size_t before)
{
	size_t at = before;

	while (at > 0 && step[at] != ' ')
		at--;
	const bool v6only = strstr(step + at, "v6only") && strstr(step, " [::1]:");
	const bool option = !strncmp(step + at, " reuse", 6) || !strncmp(step + at, " uid=", 5);
	const bool set = !strncmp(step + 1, " set", 4) || !strncmp(step + 1, " clear", 6);
	const char *const first = strchr(step + 2, ' ');
	const bool only = set && first && !strchr(first + 1, ' ');
	return (option || v6only) && !only ? at : 0;
}

static void drop_words(struct shrinking *shrinking, size_t i)
{
	for (size_t end = strlen(shrinking->sequence->steps[i]); end > 0;) {
		const size_t at = spare_word(shrinking->sequence->steps[i], end - 1);
		if (at == 0)
			return;
		struct sequence plainer = *shrinking->sequence;
		memmove(plainer.steps[i] + at, plainer.steps[i] + end,
		    strlen(plainer.steps[i] + end) + 1);
		try_plainer(shrinking, &plainer);
		end = at;
	}
}

/* Which of plain_addresses stands in a step; `*at` is where. PLAIN_ADDRESSES: none. */
static size_t find_address(const char *step, size_t *at)
{
	for (size_t i = 0; i < PLAIN_ADDRESSES; i++) {
		const char *found = strstr(step, plain_addresses[i].text);
		if (found && found[-1] == ' ') {
			*at = (size_t)(found - step);
			return i;
		}
	}
	return PLAIN_ADDRESSES;
}

/* An IPv4 socket has no IPV6_V6ONLY. */
static void write_address(char *step, size_t at, size_t from, size_t to)
{
	static const char *const words[] = {" no-v6only", " v6only"};
	char rest[GENERATE_TEXT];

	snprintf(rest, sizeof rest, "%s", step + at + strlen(plain_addresses[from].text));
	for (size_t i = 0; i < sizeof words / sizeof *words && *plain_addresses[to].text != '[';
	     i++) {
		char *const word = strstr(rest, words[i]);
		if (word)
			memmove(word, word + strlen(words[i]), strlen(word + strlen(words[i])) + 1);
	}
	snprintf(step + at, GENERATE_TEXT - at, "%s%s", plain_addresses[to].text, rest);
}

static void make_plain(struct shrinking *shrinking, size_t i)
{
	size_t at = 0;
	const size_t from = find_address(shrinking->sequence->steps[i], &at);

	/* Where a connect to a wildcard leads the rule does not say. */
	const bool is_dialled = strstr(shrinking->sequence->steps[i], " connect ") != NULL;
	for (size_t to = 0; from < PLAIN_ADDRESSES && to < from; to++) {
		if (is_dialled && plain_addresses[to].wildcard)
			continue;
		struct sequence plainer = *shrinking->sequence;
		write_address(plainer.steps[i], at, from, to);
		if (try_plainer(shrinking, &plainer))
			return;
	}
}

/* Renames the sockets a, b, c ... in the order in which they come, and the ports P, Q. */
static void rename_all(struct sequence *sequence)
{
	char names[256] = "", next = 'a', next_port = 'P';

	for (size_t i = 0; i < sequence->count; i++) {
		char *const step = sequence->steps[i];
		char *const listener = strstr(step, " accept ");
		char *places[] = {listener ? listener + strlen(" accept ") : step, step};
		for (size_t k = 0; k < 2; k++) {
			if (k == 1 && places[0] == places[1])
				break;
			char *const name = &names[(unsigned char)*places[k]];
			if (!*name)
				*name = next++;
			*places[k] = *name;
		}
		char *const port = strpbrk(step, "PQ");
		char *const letter = &names[port ? (unsigned char)*port : 0];
		if (port && !*letter)
			*letter = next_port++;
		if (port)
			*port = *letter;
	}
}

int shrink(const struct attempts *attempts, struct sequence *sequence, struct attempt *attempt,
    struct fault *fault)
{
	struct shrinking shrinking = {.attempts = attempts,
	    .sequence = sequence,
	    .attempt = attempt,
	    .fault = fault,
	    .again = true};

	sequence->count = attempt->count;
	while (shrinking.again && shrinking.result == 0) {
		shrinking.again = false;
		drop_steps(&shrinking);
		for (size_t i = 0; i < sequence->count; i++)
			drop_words(&shrinking, i);
		for (size_t i = 0; i < sequence->count; i++)
			make_plain(&shrinking, i);
	}
	rename_all(sequence);
	return shrinking.result == 0 ? 0 : -1;
}
