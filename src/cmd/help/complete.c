#include <dirent.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/doc/hint.h"
#include "cli/out.h"
#include "cmd/help/complete.h"
#include "os/holder.h"
#include "os/interfaces.h"
#include "words/who.h"

enum { ADDRESSES = 256, USERS = 10000 };

/* What is typed of the word, and what stands before the part that is offered: "--spread=". */
struct typed {
	const char *word;
	int before;
};

/* Offers "word" where it begins as what is typed does. */
static bool offer(const struct typed *typed, const char *word, const char *explained)
{
	const char *const rest = typed->word + typed->before;

	if (strncmp(word, rest, strlen(rest)) != 0)
		return false;
	out_line("%.*s%s%s%s", typed->before, typed->word, word, explained ? "\t" : "",
	    explained ? explained : "");
	return true;
}

/* `port`: with a colon behind, and an IPv6 address in brackets. */
static void offer_addresses(const struct typed *typed, bool port)
{
	static union addr found[ADDRESSES];
	size_t n = interface_addresses(found, ADDRESSES - 2);

	/* Those of the loopback are everywhere. */
	if (n == 0) {
		found[n++] = addr_loopback(AF_INET, 0);
		found[n++] = addr_loopback(AF_INET6, 0);
	}
	char name[ADDR_TEXT], text[ADDR_TEXT + 4];

	for (size_t i = 0; i < n; i++) {
		addr_print_host(&found[i], name);
		const bool bracket = port && found[i].any.sa_family == AF_INET6;
		snprintf(text, sizeof text, "%s%s%s%s", bracket ? "[" : "", name,
		    bracket ? "]" : "", port ? ":" : "");
		offer(typed, text, NULL);
	}
}

static void offer_interfaces(const struct typed *typed)
{
	struct if_nameindex *const all = if_nameindex();

	for (const struct if_nameindex *one = all; one && one->if_index; one++)
		offer(typed, one->if_name, NULL);
	if (all)
		if_freenameindex(all);
}

static void offer_users(const struct typed *typed)
{
	const struct passwd *user;

	setpwent();
	for (int i = 0; i < USERS && (user = getpwent()) != NULL; i++)
		offer(typed, user->pw_name, NULL);
	endpwent();
}

/* The ports that listen, each once, with the programs. */
static void offer_listening(const struct typed *typed)
{
	static unsigned char seen[65536 / 8];
	struct holders holders;
	char port[8], who[WHO_TEXT];

	if (holders_read_listeners(&holders, 0) < 0)
		return;
	holders_know(&holders, false);
	for (size_t i = 0; i < holders.count; i++) {
		const struct holder *holder = &holders.list[i];
		const unsigned number = addr_port(&holder->local);
		if (seen[number / 8] & 1 << number % 8)
			continue;
		seen[number / 8] |= (unsigned char)(1 << number % 8);
		snprintf(port, sizeof port, "%u", number);
		offer(typed, port, who_text(&holders, holder, who));
	}
	holders_free(&holders);
}

/* Whether the folder path[0..len) has a program of that name. */
static bool has_program(const char *path, size_t len, const char *name)
{
	char file[PATH_MAX];
	struct stat status;

	snprintf(file, sizeof file, "%.*s/%s", (int)len, path, name);
	return stat(file, &status) == 0 && S_ISREG(status.st_mode) && access(file, X_OK) == 0;
}

/* The programs of path[0..len), a folder, that no folder before it in `all` has. */
static void offer_folder(const struct typed *typed, const char *all, const char *path, size_t len)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%.*s", (int)len, path);
	DIR *const dir = opendir(folder);
	for (const struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
		const char *const name = entry->d_name;
		if (strncmp(name, typed->word, strlen(typed->word)) != 0 ||
		    !has_program(path, len, name))
			continue;
		const char *before = all;
		while (before < path && !has_program(before, strcspn(before, ":"), name))
			before += strcspn(before, ":") + 1;
		if (before == path)
			offer(typed, name, NULL);
	}
	if (dir)
		closedir(dir);
}

/* The programs of the PATH, each once. Where a folder is typed, none: the shell offers its files. */
static void offer_programs(const struct typed *typed)
{
	const char *const all = getenv("PATH");

	if (!all || strchr(typed->word, '/'))
		return;
	for (const char *path = all; *path;) {
		const size_t len = strcspn(path, ":");
		offer_folder(typed, all, path, len);
		path += len + (path[len] == ':');
	}
}

static void offer_hint(const struct typed *typed, struct hint *hint)
{
	for (const char *word = strtok(hint->text, " "); word; word = strtok(NULL, " ")) {
		if (!strcmp(word, "@ADDR"))
			offer_addresses(typed, false);
		else if (!strcmp(word, "@ADDR:PORT"))
			offer_addresses(typed, true);
		else if (!strcmp(word, "@IF"))
			offer_interfaces(typed);
		else if (!strcmp(word, "@USER"))
			offer_users(typed);
		else if (!strcmp(word, "@LISTENING"))
			offer_listening(typed);
		else if (!strcmp(word, "@PROGRAM"))
			offer_programs(typed);
		else if (*word != '@')
			offer(typed, word, NULL);
	}
}

static void offer_options(const struct typed *typed, const struct opt *row)
{
	char name[48];

	for (; row->name; row++) {
		if (row->letter) {
			snprintf(name, sizeof name, "-%c", row->letter);
			offer(typed, name, NULL);
		}
		snprintf(name, sizeof name, "--%s", row->name);
		offer(typed, name, NULL);
	}
}

/* The row of that name, or of that letter; NULL: none that takes a value. */
static const struct opt *valued(const struct opt *row, const char *name, size_t len, char letter)
{
	for (; row->name; row++)
		if (row->arg && (name ? strlen(row->name) == len && !memcmp(row->name, name, len)
				      : row->letter == letter))
			return row;
	return NULL;
}

/* The option whose value the word behind `word` is, or NULL. */
static const struct opt *awaiting(const struct command *command, const char *word)
{
	const bool by_name = word[1] == '-';
	const char letter = word[strlen(word) - 1];
	const char *const name = by_name ? word + 2 : NULL;
	const struct opt *row =
	    valued(command->opts, name, name ? strlen(name) : 0, by_name ? 0 : letter);

	return row ? row : valued(common_opts, name, name ? strlen(name) : 0, by_name ? 0 : letter);
}

static void complete_command(const struct typed *typed)
{
	for (size_t i = 0; commands[i]; i++)
		offer(typed, commands[i]->name, NULL);
	if (*typed->word != '-')
		return;
	for (const char *const *word =
		 (const char *const[]){"-h", "--help", "-V", "--version", NULL};
	     *word; word++)
		offer(typed, *word, NULL);
}

/* words[0..count) stand behind the command; the last one is completed. */
static void complete_words(const struct command *command, int count, char **words)
{
	struct typed typed = {.word = words[count - 1]};
	const struct opt *row = NULL;
	bool ended = false;
	size_t operand = 0;
	struct hint hint;

	for (int i = 0; i < count - 1; i++) {
		const char *const word = words[i];
		if (row) {
			row = NULL;
		} else if (ended || word[0] != '-' || !word[1]) {
			operand++;
			ended |= command->order == OPT_FIRST;
		} else if (!strcmp(word, "--")) {
			ended = true;
		} else {
			row = awaiting(command, word);
		}
	}
	const char *const equals = strchr(typed.word, '=');
	if (!row && !ended && equals && !strncmp(typed.word, "--", 2)) {
		const size_t len = (size_t)(equals - typed.word - 2);
		row = valued(command->opts, typed.word + 2, len, 0);
		row = row ? row : valued(common_opts, typed.word + 2, len, 0);
		typed.before = (int)(equals + 1 - typed.word);
		if (!row)
			return;
	}
	if (row) {
		hint_value(row, &hint);
		offer_hint(&typed, &hint);
	} else if (!ended && *typed.word == '-') {
		offer_options(&typed, command->opts);
		offer_options(&typed, common_opts);
	} else if (hint_operand(command, operand, &hint)) {
		offer_hint(&typed, &hint);
	}
}

void complete(int count, char **words)
{
	const struct command *const command = count > 1 ? command_find(words[0]) : NULL;

	out_verbatim();
	if (command)
		complete_words(command, count - 1, words + 1);
	else if (count <= 1)
		complete_command(&(struct typed){.word = count ? words[0] : ""});
}
