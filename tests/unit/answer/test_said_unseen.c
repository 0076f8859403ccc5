/* ctest: wrap=facts_filtered */
/* answer/unseen: what could not be seen and what would show it, word for word, for each reason. */
#include <errno.h>

#include "answer/sentences.h"
#include "os/facts.h"
#include "tests/lib/situation.h"

enum { PORT = 8080, MINE = 4000002 };

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
enum fact __wrap_facts_filtered(void);

static enum fact filtered;

enum fact __wrap_facts_filtered(void)
{
	return filtered;
}

static struct diagnosis asked;
static struct sentences sentences;

static void show(void)
{
	for (size_t i = 0; i < sentences.count; i++)
		out_line("%s%s", sentences.list[i].text,
		    sentences.list[i].inferred ? "" : " [observed]");
}

static const char *unseen(bool all)
{
	sentences.count = 99;
	asked.findings = &situation.findings;
	sentences_unseen(&asked, 1, all, "reuse why 8080", &sentences);
	return shown_as((struct common){0}, show);
}

/* A listener in the way whose process is not known. */
static struct holder *begin(void)
{
	situation_begin();
	asked = (struct diagnosis){
	    .newcomer = {.local = situation_addr("127.0.0.1", PORT), .uid = MINE},
	    .refused = {.at = CALL_BIND, .error = EADDRINUSE},
	    .in_the_way = 1};
	struct holder *const holder =
	    situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT);
	holder->inode = 7;
	return holder;
}

static void each_reason_has_its_sentence(void)
{
	static const struct {
		unsigned unseen;
		const char *want;
	} rows[] = {
	    {1U << UNSEEN_NO_PROC,
		"process and options of 1 socket: /proc is not mounted here; 'mount -t proc proc /proc', as root, shows them [observed]\n"},
	    {1U << UNSEEN_HIDEPID,
		"process and options of 1 socket: another user's, and /proc hides their processes (hidepid); root sees them: sudo reuse why 8080 (inferred)\n"},
	    {1U << UNSEEN_OTHERS,
		"process and options of 1 socket: another user's, or the kernel's own; root sees which: sudo reuse why 8080 [observed]\n"},
	    {1U << UNSEEN_PTRACE,
		"process and options of 1 socket: the descriptors of 1 process may be read with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE), or as the same user [observed]\n"},
	    {1U << UNSEEN_USER_NAMESPACE,
		"process and options of 1 socket: not of this user namespace, or the kernel's own; to see which, outside of it: reuse why 8080 [observed]\n"},
	    {1U << UNSEEN_PID_NAMESPACE,
		"process and options of 1 socket: perhaps outside of this PID namespace (a container's); root on the host sees what is outside (inferred)\n"},
	    {1U << UNSEEN_TIME,
		"process and options of 1 socket: there was no time to look through 1 process to the end (if none of these has it, it is the kernel's own); to look through all: reuse why 8080 -v [observed]\n"},
	    {1U << UNSEEN_TIME | 1U << UNSEEN_OTHERS,
		"process and options of 1 socket: another user's, or the kernel's own; root sees which: sudo reuse why 8080 [observed]\n"
		"process and options of 1 socket: there was no time to look through 1 process to the end; to look through all: reuse why 8080 -v [observed]\n"},
	    {1U << UNSEEN_IN_FLIGHT,
		"process and options of 1 socket: in flight: 1 descriptor sent through Unix sockets and not received yet, one to process 12; or it is the kernel's own (inferred)\n"},
	    {1U << UNSEEN_RING,
		"process and options of 1 socket: 1 io_uring, one of process 13, has registered files that this kernel does not name: it may be one of them, or the kernel's own (inferred)\n"},
	    {1U << UNSEEN_ACCEPT,
		"process and options of 1 socket: 1 thread, one of process 14, waits in accept on a descriptor that was closed meanwhile: it may be its socket, or the kernel's own (inferred)\n"},
	    {1U << UNSEEN_MEMORY,
		"process and options of 1 socket: not all processes could be looked at (ENOMEM) [observed]\n"},
	    {1U << UNSEEN_KERNEL,
		"process and options of 1 socket: no process has it, it is the kernel's own (such as NFS, lockd, an MPTCP endpoint) (inferred)\n"},
	    {0, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders *const holders = &situation.findings.holders;
		begin();
		holders->unseen = rows[i].unseen;
		holders->in_flight = holders->rings = holders->accepting = 1;
		holders->hidden = holders->unsearched = 1;
		holders->in_flight_pid = 12;
		holders->ring_pid = 13;
		holders->accepting_pid = 14;
		holders->error = ENOMEM;
		CHECK_LINES(unseen(false), rows[i].want);
	}
}

static void of_several_it_is_said_in_the_plural(void)
{
	static const struct {
		unsigned unseen;
		const char *want;
	} rows[] = {
	    {1U << UNSEEN_OTHERS,
		"process and options of 2 sockets: of a process that others may not inspect (not dumpable), or the kernel's own; root sees which: sudo reuse why 8080 [observed]\n"},
	    {1U << UNSEEN_PTRACE,
		"process and options of 2 sockets: the descriptors of 2 processes may be read with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE), or as 4000002 [observed]\n"},
	    {1U << UNSEEN_PID_NAMESPACE,
		"process and options of 2 sockets: in no process of this PID namespace (a container's); root on the host sees what is outside (inferred)\n"},
	    {1U << UNSEEN_TIME,
		"process and options of 2 sockets: there was no time to look through 2 processes to the end (if none of these has it, it is the kernel's own); to look through all: reuse why 8080 -v [observed]\n"},
	    {1U << UNSEEN_IN_FLIGHT,
		"process and options of 2 sockets: in flight: 2 descriptors sent through Unix sockets and not received yet, one to process 0; or it is the kernel's own (inferred)\n"},
	    {1U << UNSEEN_RING,
		"process and options of 2 sockets: 2 io_urings, one of process 0, have registered files that this kernel does not name: it may be one of them, or the kernel's own (inferred)\n"},
	    {1U << UNSEEN_ACCEPT,
		"process and options of 2 sockets: 2 threads, one of process 0, wait in accept on a descriptor that was closed meanwhile: it may be its socket, or the kernel's own (inferred)\n"},
	    {1U << UNSEEN_KERNEL,
		"process and options of 2 sockets: no process has it, it is the kernel's own (such as VXLAN, WireGuard, NFS; 'ip -d link' shows tunnels) (inferred)\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct holders *const holders = &situation.findings.holders;
		begin()->uid = MINE;
		struct holder *const second =
		    situation_add(ROLE_BOUND, HOLDER_BOUND, "127.0.0.1", "", PORT);
		second->inode = 8;
		asked.newcomer.udp = situation.list[0].udp = second->udp =
		    rows[i].unseen == 1U << UNSEEN_KERNEL;
		holders->unseen = rows[i].unseen;
		holders->in_flight = holders->rings = holders->accepting = 2;
		if (rows[i].unseen != 1U << UNSEEN_PID_NAMESPACE)
			holders->hidden = holders->unsearched = 2;
		CHECK_LINES(unseen(false), rows[i].want);
	}
}

static void root_is_not_sent_to_root_by_hidepid(void)
{
	begin();
	situation.findings.holders.unseen = 1U << UNSEEN_HIDEPID;
	asked.newcomer.uid = 0;
	CHECK_LINES(unseen(false),
	    "process and options of 1 socket: /proc hides processes here (hidepid); CAP_SYS_PTRACE shows them (inferred)\n");
	situation.list[0].uid = MINE;
	CHECK_LINES(unseen(false),
	    "process and options of 1 socket: /proc hides processes here (hidepid); CAP_SYS_PTRACE shows them [observed]\n");
}

/* A note of the kernel's and a socket that is not in the way matter with -v alone, or not at all. */
static void what_is_not_in_the_way_is_not_missed(void)
{
	begin()->inode = 0;
	situation.list[0].state = HOLDER_TIME_WAIT;
	situation.findings.holders.unseen = 1U << UNSEEN_OTHERS;
	CHECK_LINES(unseen(true), "");
	begin()->local = situation_addr("127.0.0.9", PORT);
	situation.findings.holders.unseen = 1U << UNSEEN_OTHERS;
	CHECK_LINES(unseen(false), "");
	CHECK_LINES(unseen(true),
	    "process and options of 1 socket: another user's, or the kernel's own; root sees which: sudo reuse why 8080 [observed]\n");
}

static void options_that_were_not_read_have_their_reason(void)
{
	struct holders *const holders = &situation.findings.holders;

	situation_begin();
	situation_process(80, "one", MINE);
	begin();
	situation_process(80, "one", MINE);
	holders->count = 0;
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseaddr = -1;
	CHECK_LINES(unseen(false),
	    "options of 1 socket: pidfd_getfd was not permitted (it needs the same user or CAP_SYS_PTRACE, and Linux 5.6) [observed]\n");
	holders->outer_proc = true;
	CHECK_LINES(unseen(false),
	    "options of 1 socket: /proc is of another PID namespace than this process [observed]\n");
	holders->error = EMFILE;
	CHECK_LINES(unseen(false),
	    "options of 1 socket: not all processes could be looked at (EMFILE) [observed]\n");
	situation_add(ROLE_LISTENER, HOLDER_LISTEN, "127.0.0.1", "", PORT)->reuseaddr = -1;
	CHECK_LINES(unseen(false),
	    "options of 2 sockets: not all processes could be looked at (EMFILE) [observed]\n");
	holders->error = 0;
	CHECK_LINES(unseen(false),
	    "options of 2 sockets: /proc is of another PID namespace than this process [observed]\n");
	holders->outer_proc = false;
	CHECK_LINES(unseen(false),
	    "options of 2 sockets: pidfd_getfd was not permitted (it needs the same user or CAP_SYS_PTRACE, and Linux 5.6) [observed]\n");
	situation.owners[0].way = OWNER_RING;
	CHECK_LINES(unseen(false),
	    "options of 1 socket: a registered file of an io_uring, and no descriptor for it can be borrowed [observed]\n"
	    "options of 1 socket: pidfd_getfd was not permitted (it needs the same user or CAP_SYS_PTRACE, and Linux 5.6) [observed]\n");
	situation.owners[1].way = OWNER_RING;
	CHECK_LINES(unseen(false),
	    "options of 2 sockets: a registered file of an io_uring, and no descriptor for it can be borrowed [observed]\n");
	situation.list[0].reuseaddr = situation.list[1].reuseaddr = 0;
	CHECK_LINES(unseen(false), "");
	/* Its maker is another than the process that has it, and not all could be looked at. */
	situation.list[0].uid = MINE + 1;
	holders->hidden = 3;
	holders->unseen = 1U << UNSEEN_OTHERS;
	CHECK_LINES(unseen(false),
	    "further processes of 1 socket that another user opened, if any; root sees which: sudo reuse why 8080 [observed]\n");
	situation.list[1].uid = MINE + 1;
	CHECK_LINES(unseen(false),
	    "further processes of 2 sockets that another user opened, if any; root sees which: sudo reuse why 8080 [observed]\n");
}

static void sockets_that_are_not_listed_have_their_reason(void)
{
	struct holders *const holders = &situation.findings.holders;

	begin();
	holders->count = 0;
	asked.in_the_way = 0;
	CHECK_LINES(unseen(false), "");
	holders->unseen = 1U << UNSEEN_NO_DIAG;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: this kernel has no sock_diag; 'modprobe tcp_diag', as root, may add it [observed]\n");
	holders->unseen = 1U << UNSEEN_OLD_KERNEL;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: this kernel lists none (Linux 6.8 does); those of processes that may be looked at were found by their descriptors [observed]\n");
	holders->unseen = 0;
	holders->bound_error = ENOTSUP;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: this kernel lists none (Linux 6.8 does); those of processes that may be looked at were found by their descriptors [observed]\n");
	holders->bound_error = EPERM;
	filtered = FACT_NO;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: the kernel could not be asked (EPERM) [observed]\n");
	filtered = FACT_YES;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: the kernel could not be asked (EPERM); this process has a seccomp filter, such as RestrictAddressFamilies= makes it [observed]\n");
	holders->cut = true;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: the kernel could not be asked (EPERM); this process has a seccomp filter, such as RestrictAddressFamilies= makes it [observed]\n"
	    "there are more sockets than could be looked at [observed]\n");
	/* Where it is free and all is known it does not matter. */
	asked.refused.error = 0;
	asked.free = true;
	CHECK_LINES(unseen(false), "");
	CHECK_LINES(unseen(true),
	    "sockets that are only bound: the kernel could not be asked (EPERM); this process has a seccomp filter, such as RestrictAddressFamilies= makes it [observed]\n"
	    "there are more sockets than could be looked at [observed]\n");
	asked.test.sets = 2;
	asked.test.outcomes[0].basis = BASIS_TRIED;
	CHECK_LINES(unseen(false),
	    "sockets that are only bound: the kernel could not be asked (EPERM); this process has a seccomp filter, such as RestrictAddressFamilies= makes it [observed]\n"
	    "there are more sockets than could be looked at [observed]\n");
	asked.test.outcomes[1].basis = BASIS_DERIVED;
	CHECK_LINES(unseen(false), "");
}

static void other_networks_are_told_of_where_they_matter(void)
{
	begin()->inode = 0;
	situation.list[0].owner_count = 0;
	situation.findings.holders.count = 0;
	asked.free = true;
	asked.refused = (struct fault){0};
	situation.findings.elsewhere.cut = true;
	situation.findings.holders.elsewhere_hidden = true;
	CHECK_LINES(unseen(false), "");
	CHECK_LINES(unseen(true),
	    "some other network namespaces (containers): there was no time for all of them; they are not in the way [observed]\n"
	    "other network namespaces (containers), if any: they are not in the way; root looks there (inferred)\n");
	asked.newcomer.uid = 0;
	CHECK_LINES(unseen(true),
	    "some other network namespaces (containers): there was no time for all of them; they are not in the way [observed]\n"
	    "other network namespaces (containers), if any: they are not in the way; root on the host looks there (inferred)\n");
	asked.free = false;
	CHECK_LINES(unseen(false),
	    "some other network namespaces (containers): there was no time for all of them; they are not in the way [observed]\n");
}

static void a_system_that_shows_nothing_is_told(void)
{
	begin();
	situation.findings.error = ENOTSUP;
	CHECK_LINES(unseen(true),
	    "who holds it: reuse cannot find out on this system; 'lsof -nP -i:8080', or on FreeBSD 'sockstat -p 8080', may show it [observed]\n");
	situation.findings.error = EACCES;
	CHECK_LINES(unseen(false),
	    "who holds it: the kernel does not show it (EACCES); 'lsof -nP -i:8080' may show it [observed]\n");
}

int main(void)
{
	TEST(each_reason_has_its_sentence);
	TEST(of_several_it_is_said_in_the_plural);
	TEST(root_is_not_sent_to_root_by_hidepid);
	TEST(what_is_not_in_the_way_is_not_missed);
	TEST(options_that_were_not_read_have_their_reason);
	TEST(sockets_that_are_not_listed_have_their_reason);
	TEST(other_networks_are_told_of_where_they_matter);
	TEST(a_system_that_shows_nothing_is_told);
	return test_failures != 0;
}
