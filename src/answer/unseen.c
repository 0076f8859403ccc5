#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "tcp/errname.h"
#include "words/who.h"

/* What of the sockets that matter was not seen. */
struct gaps {
	size_t unfound; /* no process was found, and there should be one */
	size_t unread;  /* a process was, and not the options */
	size_t partly;  /* one was, and its maker is another user, whose may have it too */
	size_t ringed;  /* likewise, as no descriptor leads to it */
	long asker;     /* who asks */
	long uid;       /* whose the first of those unfound is; -1: not known */
	bool udp;       /* and its protocol */
	bool held;      /* some address is not free */
	bool missing;   /* a socket is in the way that is not listed */
	bool unsure;    /* some answer is not known */
};

static struct gaps find_gaps(const struct diagnosis diagnoses[], size_t count, bool all)
{
	const struct holders *holders = &diagnoses[0].findings->holders;
	struct gaps gaps = {.asker = diagnoses[0].newcomer.uid, .uid = -1};

	for (size_t i = 0; i < count; i++) {
		gaps.held |= !diagnoses[i].free;
		gaps.missing |=
		    diagnoses[i].refused.error == EADDRINUSE && diagnoses[i].in_the_way == 0;
		for (unsigned set = 0; set < diagnoses[i].test.sets; set++)
			gaps.unsure |= diagnoses[i].test.outcomes[set].basis == BASIS_UNKNOWN;
	}
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		if (!holder->inode && holder->state != HOLDER_LISTEN)
			continue;
		if (!all && !diagnosis_blocks(diagnoses, count, holder))
			continue;
		if (holder->owner_count == 0 && gaps.unfound++ == 0) {
			gaps.uid = holder->uid;
			gaps.udp = holder->udp;
		}
		gaps.partly += holder_has_others(holders, holder);
		if (holder->owner_count == 0 || holder->reuseaddr >= 0)
			continue;
		if (holders->owners[holder->owner].way == OWNER_RING)
			gaps.ringed++;
		else
			gaps.unread++;
	}
	return gaps;
}

/* Why processes were not found, one sentence for each reason that was found out. */
static void add_unfound(const struct holders *holders, const struct gaps *gaps, const char *again,
    struct sentences *sentences)
{
	char what[80], user[64] = "the same user";
	/* Of a user's own only what lets no other look is not read. */
	const bool own = gaps->uid >= 0 && gaps->uid == gaps->asker;
	const char *whose =
	    own ? "of a process that others may not inspect (not dumpable)" : "another user's";

	if (gaps->uid >= 0)
		snprintf(user, sizeof user, "%s", who_user(gaps->uid));
	snprintf(what, sizeof what, "process and options of %zu socket%s", gaps->unfound,
	    gaps->unfound > 1 ? "s" : "");
	for (unsigned reason = 0; reason <= UNSEEN_KERNEL; reason++) {
		if (!(holders->unseen & 1U << reason))
			continue;
		switch ((enum unseen)reason) {
		case UNSEEN_NO_PROC:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: /proc is not mounted here; 'mount -t proc proc /proc', as root, shows them",
			    what);
			break;
		case UNSEEN_HIDEPID:
			/* What the kernel has for itself is root's. */
			if (gaps->asker == 0) {
				sentences_add(sentences, SENTENCE_UNSEEN, gaps->uid <= 0,
				    "%s: /proc hides processes here (hidepid); CAP_SYS_PTRACE shows them",
				    what);
				break;
			}
			sentences_add(sentences, SENTENCE_UNSEEN, gaps->uid <= 0,
			    "%s: %s, and /proc hides %s (hidepid); root sees %s: sudo %s", what,
			    whose, own ? "it" : "their processes", own ? "it" : "them", again);
			break;
		case UNSEEN_OTHERS:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: %s, or the kernel's own; root sees which: sudo %s", what, whose,
			    again);
			break;
		case UNSEEN_PTRACE:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: the descriptors of %zu process%s may be read with "
			    "CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE), or as %s",
			    what, holders->hidden, holders->hidden == 1 ? "" : "es", user);
			break;
		case UNSEEN_USER_NAMESPACE:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: not of this user namespace, or the kernel's own; to see which, outside of it: %s",
			    what, again);
			break;
		case UNSEEN_PID_NAMESPACE:
			sentences_add(sentences, SENTENCE_UNSEEN, true,
			    "%s: %s this PID namespace (a container's); root on the host sees what is outside",
			    what,
			    holders->hidden || holders->unsearched || holders->error
				? "perhaps outside of"
				: "in no process of");
			break;
		case UNSEEN_TIME:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: there was no time to look through %zu process%s to the end%s; to look "
			    "through all: %s -v",
			    what, holders->unsearched, holders->unsearched == 1 ? "" : "es",
			    holders->unseen == 1U << UNSEEN_TIME
				? " (if none of these has it, it is the kernel's own)"
				: "",
			    again);
			break;
		case UNSEEN_IN_FLIGHT:
			sentences_add(sentences, SENTENCE_UNSEEN, true,
			    "%s: in flight: %zu descriptor%s sent through Unix sockets and not "
			    "received yet, one to process %ld; or it is the kernel's own",
			    what, holders->in_flight, holders->in_flight > 1 ? "s" : "",
			    holders->in_flight_pid);
			break;
		case UNSEEN_RING:
			sentences_add(sentences, SENTENCE_UNSEEN, true,
			    "%s: %zu io_uring%s, one of process %ld, ha%s registered files that this kernel does "
			    "not name: it may be one of them, or the kernel's own",
			    what, holders->rings, holders->rings > 1 ? "s" : "", holders->ring_pid,
			    holders->rings > 1 ? "ve" : "s");
			break;
		case UNSEEN_ACCEPT:
			sentences_add(sentences, SENTENCE_UNSEEN, true,
			    "%s: %zu thread%s, one of process %ld, wait%s in accept on a descriptor that "
			    "was closed meanwhile: it may be its socket, or the kernel's own",
			    what, holders->accepting, holders->accepting > 1 ? "s" : "",
			    holders->accepting_pid, holders->accepting > 1 ? "" : "s");
			break;
		case UNSEEN_MEMORY:
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "%s: not all processes could be looked at (%s)", what,
			    errname(holders->error));
			break;
		case UNSEEN_KERNEL:
			sentences_add(sentences, SENTENCE_UNSEEN, true,
			    "%s: no process has it, it is the kernel's own (such as %s)", what,
			    gaps->udp ? "VXLAN, WireGuard, NFS; 'ip -d link' shows tunnels"
				      : "NFS, lockd, an MPTCP endpoint");
			break;
		case UNSEEN_NO_DIAG:
		case UNSEEN_DIAG_REFUSED:
		case UNSEEN_OLD_KERNEL:
			break;
		}
	}
}

/* Why sockets may be missing from the list. */
static void add_unlisted(const struct holders *holders, struct sentences *sentences)
{

	if (holders->unseen & 1U << UNSEEN_NO_DIAG)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "sockets that are only bound: this kernel has no sock_diag; 'modprobe "
		    "tcp_diag', as root, may add it");
	else if (holders->unseen & 1U << UNSEEN_OLD_KERNEL || holders->bound_error == ENOTSUP)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "sockets that are only bound: this kernel lists none (Linux 6.8 does); those of "
		    "processes that may be looked at were found by their descriptors");
	else if (holders->bound_error)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "sockets that are only bound: the kernel could not be asked (%s)%s",
		    errname(holders->bound_error),
		    facts_filtered() == FACT_YES
			? "; this process has a seccomp filter, such as RestrictAddressFamilies= makes it"
			: "");
	if (holders->cut)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "there are more sockets than could be looked at");
}

void sentences_unseen(const struct diagnosis diagnoses[], size_t count, bool all, const char *again,
    struct sentences *sentences)
{
	const struct findings *findings = diagnoses[0].findings;
	const struct gaps gaps = find_gaps(diagnoses, count, all);

	sentences->count = 0;
	if (findings->error) {
		const unsigned port = addr_port(&diagnoses[0].newcomer.local);
		if (findings->error == ENOTSUP)
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "who holds it: reuse cannot find out on this system; 'lsof -nP "
			    "-i:%u', or on FreeBSD 'sockstat -p %u', may show it",
			    port, port);
		else
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "who holds it: the kernel does not show it (%s); 'lsof -nP -i:%u' may show it",
			    errname(findings->error), port);
		return;
	}
	if (gaps.unfound > 0)
		add_unfound(&findings->holders, &gaps, again, sentences);
	if (gaps.partly > 0 && gaps.asker == 0)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "further processes of %zu socket%s that another user opened, if any: %zu process%s may "
		    "not be looked at from here",
		    gaps.partly, gaps.partly > 1 ? "s" : "", findings->holders.hidden,
		    findings->holders.hidden == 1 ? "" : "es");
	else if (gaps.partly > 0)
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "further processes of %zu socket%s that another user opened, if any; root sees which: sudo %s",
		    gaps.partly, gaps.partly > 1 ? "s" : "", again);
	if (gaps.ringed > 0) {
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "options of %zu socket%s: a registered file of an io_uring, and no "
		    "descriptor for it can be borrowed",
		    gaps.ringed, gaps.ringed > 1 ? "s" : "");
	}
	if (gaps.unread > 0) {
		if (findings->holders.error)
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "options of %zu socket%s: not all processes could be looked at (%s)",
			    gaps.unread, gaps.unread > 1 ? "s" : "",
			    errname(findings->holders.error));
		else if (findings->holders.outer_proc)
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "options of %zu socket%s: /proc is of another PID namespace than this process",
			    gaps.unread, gaps.unread > 1 ? "s" : "");
		else
			sentences_add(sentences, SENTENCE_UNSEEN, false,
			    "options of %zu socket%s: pidfd_getfd was not permitted (it needs "
			    "the same user or CAP_SYS_PTRACE, and Linux 5.6)",
			    gaps.unread, gaps.unread > 1 ? "s" : "");
	}
	if (gaps.missing || gaps.unsure || all)
		add_unlisted(&findings->holders, sentences);
	if (findings->elsewhere.cut && (gaps.held || all))
		sentences_add(sentences, SENTENCE_UNSEEN, false,
		    "some other network namespaces (containers): there was no time for all of "
		    "them; they are not in the way");
	if (all && findings->holders.elsewhere_hidden)
		sentences_add(sentences, SENTENCE_UNSEEN, true,
		    gaps.asker == 0
			? "other network namespaces (containers), if any: they are not in the way; "
			  "root on the host looks there"
			: "other network namespaces (containers), if any: they are not in the way; root looks there");
}
