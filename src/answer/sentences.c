#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "cli/text.h"
#include "tcp/errname.h"
#include "words/who.h"

long long sentences_seconds(int64_t ms)
{
	return (long long)(ms + 999) / 1000;
}

/* "python3[12] of bob"; of several users each with its own. */
void sentences_who(
    const struct holders *holders, const struct holder *holder, char *text, size_t size)
{
	char who[WHO_TEXT];

	for (size_t p = 1; p < holder->owner_count; p++)
		if (who_uid(holders, holder, p) != who_uid(holders, holder, 0)) {
			who_processes(holders, holder, true, text, size);
			return;
		}
	text_add(text, size, "%s", who_text(holders, holder, who));
	if (holder->owner_count > 0 && who_uid(holders, holder, 0) >= 0)
		text_add(text, size, " of %s", who_user(who_uid(holders, holder, 0)));
}

void sentences_local(const struct holder *holder, char *text, size_t size)
{
	char local[ADDR_TEXT], name[IF_NAMESIZE], escaped[4 * IF_NAMESIZE];

	text_add(text, size, "%s", addr_print(&holder->local, local));
	if (!holder->device)
		return;
	if (!if_indextoname(holder->device, name)) {
		text_add(text, size, "%%%u", holder->device);
		return;
	}
	text_escape(escaped, sizeof escaped, name, strlen(name));
	text_add(text, size, "%%%s", escaped);
}

static const char *holder_verb(const struct holder *holder)
{
	return holder->state == HOLDER_SYN_SENT ? "is connecting" : "has the connection";
}

/* What a socket in the way does there. Returns whether that is inferred. */
static bool add_holder(const struct findings *findings, size_t i, char *text, size_t size)
{
	const struct holders *holders = &findings->holders;
	const struct holder *holder = &holders->list[i];
	char local[ADDR_TEXT + 4 * IF_NAMESIZE] = "", peer[ADDR_TEXT];

	sentences_local(holder, local, sizeof local);
	addr_print(&holder->peer, peer);
	switch (findings->roles[i]) {
	case ROLE_LISTENER:
		sentences_who(holders, holder, text, size);
		text_add(text, size, " listens on %s", local);
		break;
	case ROLE_BOUND:
		sentences_who(holders, holder, text, size);
		text_add(text, size, holder->udp ? " receives on %s" : " has bound %s only", local);
		break;
	case ROLE_SELF:
		sentences_who(holders, holder, text, size);
		text_add(text, size, " has connected %s to itself", local);
		break;
	case ROLE_EPHEMERAL:
		sentences_who(holders, holder, text, size);
		text_add(text, size, " %s %s -> %s, from a port that the kernel picked",
		    holder_verb(holder), local, peer);
		return true;
	case ROLE_ACCEPTED:
	case ROLE_ALONE:
	case ROLE_OUTGOING:
		sentences_who(holders, holder, text, size);
		text_add(text, size, " %s %s -> %s", holder_verb(holder), local, peer);
		break;
	case ROLE_PENDING:
		text_add(text, size, "the connection %s -> %s is not accepted yet", local, peer);
		break;
	case ROLE_ORPHAN:
		text_add(text, size, "an orphan in %s, %s -> %s, which its process has closed",
		    holder_state_name(holder->state), local, peer);
		break;
	case ROLE_REMNANT:
	case ROLE_SPENT:
		text_add(text, size, "the closed connection %s -> %s is in %s", local, peer,
		    holder_state_name(holder->state));
		if (holder->left_ms >= 0)
			text_add(
			    text, size, " for %lld s more", sentences_seconds(holder->left_ms));
		if (findings->roles[i] == ROLE_REMNANT)
			break;
		text_add(text, size, ", from a port that the kernel picked");
		return true;
	case ROLE_COUNT:
		break;
	}
	return false;
}

/* Who has it, and how many more. */
static bool add_holders(
    const struct diagnosis *diagnosis, size_t in_the_way, char *text, size_t size)
{
	if (diagnosis->in_the_way == 0) {
		text_add(text, size, "by a socket that cannot be seen");
		return false;
	}
	const bool asked = diagnosis->bind || diagnosis->newcomer.refused.at != CALL_NONE;
	const bool inferred = add_holder(diagnosis->findings, diagnosis->first, text, size);
	if (in_the_way > 1)
		text_add(text, size, ", and %zu more socket%s", in_the_way - 1,
		    in_the_way > 2 ? "s" : "");
	return inferred || (!asked && conflict_guessed(&diagnosis->newcomer,
					  &diagnosis->findings->holders.list[diagnosis->first]));
}

/* What it is refused for, as far as it is known, in brackets. */
static void add_reasons(const struct diagnosis *diagnosis, char *text, size_t size)
{
	const char *before = " (";

	for (size_t i = 0; i < diagnosis->reason_count; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		if (reason->holds != FACT_YES)
			continue;
		text_add(
		    text, size, "%s%s", before, *reason->said ? reason->said : reason->cause->text);
		before = "; ";
	}
	if (*before == ';')
		text_add(text, size, ")");
	else if (diagnosis->refused.error == EADDRINUSE)
		text_add(text, size, " (no socket that is listed has it)");
	else
		text_add(text, size, " (%s)", strerror(diagnosis->refused.error));
}

/* Whether something that may refuse a bind was not asked, as none was made. */
static bool is_unasked(const struct diagnosis *diagnosis)
{
	return diagnosis->test.outcomes[PROBE_NONE].basis == BASIS_DERIVED &&
	       (facts_filtered() == FACT_YES ||
		   facts_group_program(CALL_BIND, diagnosis->newcomer.local.any.sa_family) ==
		       FACT_YES);
}

void sentences_answer(const struct diagnosis *diagnosis, size_t in_the_way, const char *name,
    struct sentence *sentence)
{
	const struct fault *fault = &diagnosis->refused;
	char *text = sentence->text;
	const size_t size = sizeof sentence->text;

	sentence->inferred = false;
	snprintf(text, size, "%s ", name);
	if (diagnosis->free && addr_port(&diagnosis->newcomer.local) == 0) {
		text_add(text, size, "is free: the kernel picks a port");
	} else if (diagnosis->free) {
		text_add(text, size, "is free");
		sentence->inferred = is_unasked(diagnosis);
	} else if (fault->at == CALL_NONE) {
		text_add(
		    text, size, "may be free or not: no holder was seen, and nothing was tried");
	} else if (fault->error == EADDRINUSE && addr_port(&diagnosis->newcomer.local) != 0 &&
		   (diagnosis->in_the_way > 0 || !conflict_complete(diagnosis->findings))) {
		text_add(text, size, diagnosis->in_the_way ? "is in use: " : "is in use ");
		sentence->inferred = add_holders(diagnosis, in_the_way, text, size);
	} else {
		text_add(text, size, "is refused to you: %s says %s", fault_call(fault->at),
		    errname(fault->error));
		add_reasons(diagnosis, text, size);
		if (diagnosis->in_the_way > 0) {
			text_add(text, size, "; it is in use as well: ");
			sentence->inferred = add_holders(diagnosis, in_the_way, text, size);
		}
	}
	if (sentence->inferred)
		text_add(text, size, " (inferred)");
}
