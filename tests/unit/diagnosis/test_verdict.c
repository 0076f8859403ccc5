/* cmd/verdict: what is said of what was found and tried. No kernel is asked. */
#include <errno.h>

#include "diagnosis/findings.h"
#include "diagnosis/verdict.h"
#include "tests/lib/test.h"

enum { HOLDERS = 2, WANTS = 3, SAID = VERDICT_MOST * VERDICT_TEXT };

/* A socket as it is found, of user 1000. */
struct found {
	enum kind kind;
	enum holder_state state;
	const char *local, *peer;
	int reuseaddr, reuseport; /* -1: not read */
	uint64_t inode;
	long pid;      /* of nc; 0: not seen */
	bool stranger; /* of user 0 */
};

struct row {
	const char *local; /* what is asked for */
	enum tcp_call at;  /* which call refused it, without options */
	int errors[PROBE_SETS];
	struct found found[HOLDERS]; /* up to the first without a state */
	const char *wants[WANTS];
};

static const struct row rows[] = {
    {"127.0.0.1:4000", CALL_NONE, {0}, {{0}},
	{"127.0.0.1:4000 can be bound with no option at all: nobody holds it"}},
    {"127.0.0.1:0", CALL_NONE, {0}, {{0}}, {"with port 0 the kernel picks a free one for you"}},
    {"127.0.0.1:4000", CALL_NONE, {0},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.2:4000", NULL, 0, 0, 7, 0, false}},
	{"no option at all: 1 socket of that port is at other addresses"}},
    {"127.0.0.1:0", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE}, {{0}},
	{"all ports of the range that the kernel picks from are taken"}},
    {"127.0.0.1:80", CALL_BIND, {EACCES, EACCES, EACCES, EACCES}, {{0}},
	{"bind is refused with EACCES: "}},
    {"192.0.2.1:80", CALL_BIND, {EADDRNOTAVAIL, EADDRNOTAVAIL, EADDRNOTAVAIL, EADDRNOTAVAIL}, {{0}},
	{"bind is refused with EADDRNOTAVAIL: ", "choose an address of this machine"}},
    {"127.0.0.1:80", CALL_SOCKET, {EMFILE, EMFILE, EMFILE, EMFILE}, {{0}},
	{"socket is refused with EMFILE: "}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE}, {{0}},
	{"the socket that holds it is not seen", "stop its process, or choose another port"}},
    /* Connections whose listener is not in the way, as one of another interface. */
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_ACCEPTED, HOLDER_ESTABLISHED, "127.0.0.1:4000", "127.0.0.1:5000", 0, 0, 7, 0,
	    false}},
	{"a connection that came to 127.0.0.1:4000, without options", "or choose another port"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_PENDING, HOLDER_ESTABLISHED, "127.0.0.1:4000", "127.0.0.1:5000", -1, -1, 0, 0,
	     false},
	    {KIND_PENDING, HOLDER_ESTABLISHED, "127.0.0.1:4000", "127.0.0.1:5001", -1, -1, 0, 0,
		false}},
	{"2 connections to 127.0.0.1:4000 have not been accepted yet and have no process"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_ORPHAN, HOLDER_FIN_WAIT1, "127.0.0.1:4000", "127.0.0.1:5000", -1, -1, 0, 0, false}},
	{"an orphan in FIN_WAIT1, 127.0.0.1:4000 -> 127.0.0.1:5000: its process has closed it",
	    "wait until the kernel gives it up"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, 0, 0},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.1:4000", NULL, -1, -1, 7, 0, false}},
	{"SO_REUSEPORT on your socket, set before bind, lets you have it; if both listen, the "
	 "kernel deals new connections out between the two"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, 0, EADDRINUSE, 0},
	{{KIND_BOUND, HOLDER_BOUND, "127.0.0.1:4000", NULL, -1, -1, 7, 0, false}},
	{"by what was refused, the socket whose options are not seen has SO_REUSEADDR",
	    "SO_REUSEADDR on your socket, set before bind, lets you have it"}},
    /* It is not enough to stop the one that is seen. */
    {"0.0.0.0:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.1:4000", NULL, 0, 0, 7, 11, false},
	    {KIND_BOUND, HOLDER_BOUND, "127.0.0.2:4000", NULL, -1, -1, 8, 0, false}},
	{"otherwise stop nc[11] and others, or choose another port"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_REMNANT, HOLDER_FIN_WAIT2, "127.0.0.1:4000", "127.0.0.1:5000", -1, -1, 0, 0, false}},
	{"a connection of 127.0.0.1:4000 is closed and stays in FIN_WAIT2, an orphan, for "}},
    /* Another user's, whose options are not seen: it may have SO_REUSEPORT; that this is not so is known
     * of one of the same user. */
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.1:4000", NULL, -1, -1, 7, 0, true}},
	{"would have to set SO_REUSEPORT too, unless it has, and you to run as root"}},
    {"127.0.0.1:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.1:4000", NULL, -1, -1, 7, 0, false}},
	{"would have to set SO_REUSEPORT too; otherwise"}},
    /* Of two users' sockets with SO_REUSEPORT alone one is always another user's. */
    {"0.0.0.0:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_LISTENER, HOLDER_LISTEN, "127.0.0.1:4000", NULL, 0, 1, 7, 11, true},
	    {KIND_LISTENER, HOLDER_LISTEN, "127.0.0.2:4000", NULL, 0, 1, 8, 12, false}},
	{"with SO_REUSEPORT alone, and 1 more like it; stop nc[11] and nc[12], or choose another port"}},
    {"0.0.0.0:4000", CALL_BIND, {EADDRINUSE, EADDRINUSE, EADDRINUSE, EADDRINUSE},
	{{KIND_BOUND, HOLDER_BOUND, "127.0.0.1:4000", NULL, 0, 0, 7, 11, false},
	    {KIND_BOUND, HOLDER_BOUND, "127.0.0.2:4000", NULL, 0, 1, 8, 12, false}},
	{"nc[11] and nc[12] would have to set SO_REUSEADDR too; otherwise stop"}},
};

static union addr addr_of(const char *text)
{
	union addr addr = {0};
	char why[ADDR_WHY];
	const char *port_text;
	unsigned port;

	if (!text)
		return addr;
	const size_t len = addr_split(text, &port_text);
	if (addr_read(text, len, &addr, why) != ADDR_NUMERIC ||
	    addr_read_port(port_text, false, &port, why) < 0)
		CHECK(false, "%s: %s", text, why);
	else
		addr_set_port(&addr, port);
	return addr;
}

/* All that is said of the row, one sentence behind the other. */
static void say(const struct row *row, char said[SAID])
{
	struct holder list[HOLDERS];
	struct process processes[HOLDERS];
	struct owner owners[HOLDERS];
	enum kind kinds[HOLDERS];
	struct holding holding = {0};
	struct probe probe = {.local = addr_of(row->local)};
	const struct attempt attempt = {
	    .holding = &holding, .probe = &probe, .system = RULE_LINUX, .uid = 1000};
	struct verdict verdict;
	size_t len = 0;

	for (int i = 0; i < HOLDERS && row->found[i].state; i++) {
		const struct found *found = &row->found[i];
		kinds[i] = found->kind;
		processes[i] = (struct process){.pid = found->pid, .program = "nc"};
		owners[i] = (struct owner){.inode = found->inode, .process = (size_t)i};
		list[holding.holders.count++] = (struct holder){.state = found->state,
		    .local = addr_of(found->local),
		    .peer = addr_of(found->peer),
		    .uid = !found->inode     ? -1
			   : found->stranger ? 0
					     : 1000,
		    .inode = found->inode,
		    .left_ms = found->kind == KIND_REMNANT ? 60000 : -1,
		    .remnant = found->kind == KIND_REMNANT,
		    .reuseaddr = found->reuseaddr,
		    .reuseport = found->reuseport,
		    .owner = (size_t)i,
		    .owner_count = found->pid > 0};
	}
	holding.holders.list = list;
	holding.holders.owners = owners;
	holding.holders.processes = processes;
	holding.kinds = kinds;
	for (int set = 0; set < PROBE_SETS; set++)
		if (row->errors[set])
			probe.faults[set] =
			    (struct fault){.at = row->at, .error = row->errors[set]};
	verdict_make(&attempt, &verdict);
	*said = 0;
	for (size_t i = 0; i < verdict.count; i++)
		len += (size_t)snprintf(
		    said + len, SAID - len, "%s%s", i ? "; " : "", verdict.sentences[i].text);
}

static void each_case_has_its_sentences(void)
{
	static char said[SAID];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		say(&rows[i], said);
		for (int j = 0; j < WANTS && rows[i].wants[j]; j++)
			CHECK(strstr(said, rows[i].wants[j]), "row %zu: no \"%s\" in \"%s\"", i,
			    rows[i].wants[j], said);
	}
}

int main(void)
{
	TEST(each_case_has_its_sentences);
	return test_failures != 0;
}
