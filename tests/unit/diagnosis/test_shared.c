/* ctest: wrap=holders_read wrap=holders_know wrap=holders_free wrap=holders_read_elsewhere wrap=tunable_port_range wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* diagnosis/findings: which sockets share an address and port, the order in which all are told, and what is kept of it. */
#include "diagnosis/findings.h"
#include "os/tunable.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum { SOCKETS = 24, PORT = 80, FAR = 90 };

/* The sockets of this machine, and of another network namespace. */
static struct holder sockets[SOCKETS], far[SOCKETS];
static size_t socket_count, far_count;
static bool far_refused;
static uint64_t gone; /* the inode of one that goes while its process is looked for; 0: none */
static unsigned asked_protocols, asked_port;
static char
    looked_for[64]; /* whose processes were looked for: how many sockets, and how patiently */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);
void __wrap_holders_know(struct holders *holders, bool patient);
void __wrap_holders_free(struct holders *holders);
int __wrap_holders_read_elsewhere(struct holders *holders, unsigned protocols, unsigned port);
bool __wrap_tunable_port_range(unsigned *low, unsigned *high);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

/* Behind the last there is one more like it, which is none. */
static int give_list(struct holders *holders, const struct holder *from, size_t count)
{
	holders->list = calloc(count + 1, sizeof *from);
	if (!holders->list)
		return -1;
	if (count > 0) {
		memcpy(holders->list, from, count * sizeof *from);
		holders->list[count] = from[count - 1];
	}
	holders->count = count;
	return 0;
}

int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	asked_protocols = protocols;
	asked_port = port;
	*holders = (struct holders){.cut = true};
	return give_list(holders, sockets, socket_count);
}

int __wrap_holders_read_elsewhere(struct holders *holders, unsigned protocols, unsigned port)
{
	CHECK(protocols == (HOLDERS_TCP | HOLDERS_UDP) && port == PORT, "%u %u", protocols, port);
	*holders = (struct holders){0};
	if (give_list(holders, far, far_count) < 0)
		return -1;
	return far_refused ? -1 : 0;
}

void __wrap_holders_know(struct holders *holders, bool patient)
{
	const size_t len = strlen(looked_for);
	size_t n = 0;

	for (size_t i = 0; i < holders->count; i++)
		if (!gone || holders->list[i].inode != gone)
			holders->list[n++] = holders->list[i];
	snprintf(looked_for + len, sizeof looked_for - len, "%zu%s;", holders->count,
	    patient ? " patiently" : "");
	holders->count = n;
}

/* The list is all that there is: a system that tells nothing frees none. To free may set errno. */
void __wrap_holders_free(struct holders *holders)
{
	free(holders->list);
	*holders = (struct holders){0};
	errno = EBADF;
}

bool __wrap_tunable_port_range(unsigned *low, unsigned *high)
{
	*low = 32768;
	*high = 60999;
	return true;
}

static union addr at(unsigned host, unsigned port)
{
	union addr addr = addr_loopback(AF_INET, port);

	addr.v4.sin_addr.s_addr = htonl((127u << 24) + host);
	return addr;
}

static struct holder *add(
    enum holder_state state, union addr local, union addr peer, uint64_t inode)
{
	sockets[socket_count] = (struct holder){.state = state,
	    .local = local,
	    .peer = peer,
	    .inode = inode,
	    .remnant = state == HOLDER_TIME_WAIT};
	return &sockets[socket_count++];
}

static void turn_around(void)
{
	for (size_t i = 0; i < socket_count / 2; i++) {
		const struct holder kept = sockets[i];
		sockets[i] = sockets[socket_count - 1 - i];
		sockets[socket_count - 1 - i] = kept;
	}
}

static void begin(void)
{
	socket_count = far_count = 0;
	far_refused = false;
	gone = 0;
	*looked_for = 0;
	heap_left = -1;
	heap_pieces = 0;
}

/* What was found, a line each: state, ends, inode and role. */
static const char *told(const struct holders *holders, const enum role roles[])
{
	static const char *const names[ROLE_COUNT] = {"listener", "bound", "self", "accepted",
	    "alone", "outgoing", "ephemeral", "pending", "orphan", "remnant", "spent"};
	static char text[4096];
	char local[ADDR_TEXT], peer[ADDR_TEXT];
	size_t len = 0;

	*text = 0;
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *const h = &holders->list[i];
		len += (size_t)snprintf(text + len, sizeof text - len, "%s %s %s %u %s\n",
		    holder_state_name(h->state), addr_print(&h->local, local),
		    h->peer.any.sa_family == AF_UNSPEC ? "-" : addr_print(&h->peer, peer),
		    (unsigned)h->inode, roles ? names[roles[i]] : "");
	}
	return text;
}

static const union addr nobody = {.any.sa_family = AF_UNSPEC};

/* Two listeners with what they serve, two connections from one source, and others that share nothing. */
static void set_up(void)
{
	begin();
	add(HOLDER_LISTEN, at(9, 70), nobody, 13);
	add(HOLDER_LISTEN, at(9, 70), nobody, 12);
	add(HOLDER_ESTABLISHED, at(1, 81), at(1, 50002), 0);
	add(HOLDER_ESTABLISHED, at(1, 81), at(1, 50001), 5);
	add(HOLDER_LISTEN, at(1, 81), nobody, 4);
	add(HOLDER_LISTEN, at(1, 81), nobody, 3);
	/* a server, its clients served and waiting */
	add(HOLDER_LISTEN, at(1, 82), nobody, 1);
	add(HOLDER_ESTABLISHED, at(1, 82), at(3, 50000), 2);
	add(HOLDER_LISTEN, at(1, 84), nobody, 8);
	add(HOLDER_ESTABLISHED, at(1, 84), at(1, 50004), 0);
	add(HOLDER_ESTABLISHED, at(1, 84), at(1, 50003), 0);
	add(HOLDER_LISTEN, at(1, 83), nobody, 9);
	add(HOLDER_ESTABLISHED, at(1, 3001), at(3, FAR), 7);
	add(HOLDER_ESTABLISHED, at(1, 3001), at(2, FAR), 6);
	/* one that is all there is beside a note of the kernel's */
	add(HOLDER_ESTABLISHED, at(1, 3002), at(2, FAR), 10);
	add(HOLDER_TIME_WAIT, at(1, 3002), at(3, FAR), 0);
	add(HOLDER_LISTEN, at(1, 60), nobody, 15);
	add(HOLDER_BOUND, at(1, 60), nobody, 14);
}

static const char all_shared[] = "LISTEN 127.0.0.1:60 - 15 listener\n"
				 "BOUND 127.0.0.1:60 - 14 bound\n"
				 "LISTEN 127.0.0.1:81 - 3 listener\n"
				 "LISTEN 127.0.0.1:81 - 4 listener\n"
				 "ESTABLISHED 127.0.0.1:81 127.0.0.1:50001 5 accepted\n"
				 "ESTABLISHED 127.0.0.1:81 127.0.0.1:50002 0 pending\n"
				 "ESTABLISHED 127.0.0.1:3001 127.0.0.2:90 6 alone\n"
				 "ESTABLISHED 127.0.0.1:3001 127.0.0.3:90 7 alone\n";
static const char last_shared[] = "LISTEN 127.0.0.9:70 - 12 listener\n"
				  "LISTEN 127.0.0.9:70 - 13 listener\n";

static void those_that_share_an_address_and_port_are_told_in_its_order(void)
{
	struct findings findings;
	char want[1024];

	snprintf(want, sizeof want, "%s%s", all_shared, last_shared);
	for (int turned = 0; turned < 2; turned++) {
		set_up();
		if (turned)
			turn_around();
		CHECK(findings_read_shared(&findings, turned) == 0, "errno %d", errno);
		CHECK_TEXT(told(&findings.holders, findings.roles), want);
		CHECK(findings.holders.cut, "not known to be cut");
		CHECK(asked_port == 0 &&
			  asked_protocols == (HOLDERS_TCP | (turned ? 0u : HOLDERS_NO_BIND)),
		    "%u %u", asked_protocols, asked_port);
		/* a server alone and its clients are left out before that: /proc is read for it */
		CHECK_TEXT(looked_for, "10 patiently;");
		findings_free(&findings);
		CHECK(heap_pieces == 0, "%ld pieces are left", heap_pieces);
		CHECK(!findings.holders.list && findings.holders.count == 0 && !findings.roles,
		    "something is kept");
	}
}

/* The other one is alone then; a connection is given its role by what is left. */
static void one_that_goes_meanwhile_shares_no_more(void)
{
	struct findings findings;

	set_up();
	gone = 13;
	CHECK(findings_read_shared(&findings, true) == 0, "errno %d", errno);
	CHECK_TEXT(told(&findings.holders, findings.roles), all_shared);
	findings_free(&findings);
	CHECK(heap_pieces == 0, "%ld pieces are left", heap_pieces);
}

static void where_nothing_is_shared_nothing_is_told(void)
{
	struct findings findings;

	begin();
	CHECK(findings_read_shared(&findings, true) == 0, "errno %d", errno);
	CHECK_TEXT(told(&findings.holders, findings.roles), "");
	findings_free(&findings);
	CHECK(heap_pieces == 0, "%ld pieces are left", heap_pieces);
}

static void without_memory_for_it_nothing_of_what_is_shared_is_kept(void)
{
	struct findings findings;
	int refused = 0;

	for (int most = 0; most < 40; most++) {
		set_up();
		heap_left = most;
		errno = 0;
		const int done = findings_read_shared(&findings, true);
		heap_left = -1;
		CHECK(done == 0 || errno == ENOMEM, "%d pieces: errno %d", most, errno);
		refused += done < 0;
		/* all that it asks for before it is done is needed */
		CHECK(
		    done == 0 || refused == most + 1, "%d refused up to %d pieces", refused, most);
		if (done < 0)
			CHECK(heap_pieces == 0, "of %d pieces %ld are left", most, heap_pieces);
		findings_free(&findings);
		CHECK(heap_pieces == 0, "of %d pieces %ld are left", most, heap_pieces);
	}
	/* their list, the copy of those that share, and twice the roles, at least */
	CHECK(refused >= 4, "%d times", refused);
}

/* Listeners, those that are bound, connections, what is left of them; each by address, its own first. */
static void set_up_port(void)
{
	begin();
	add(HOLDER_TIME_WAIT, at(1, PORT), at(1, FAR), 0);
	add(HOLDER_ESTABLISHED, at(2, PORT), at(1, FAR), 5);
	add(HOLDER_ESTABLISHED, at(1, PORT), at(3, 3000), 7);
	add(HOLDER_ESTABLISHED, at(1, PORT), at(3, FAR), 6);
	add(HOLDER_CLOSE_WAIT, at(1, PORT), at(2, 3000), 8);
	add(HOLDER_BOUND, at(4, PORT), nobody, 1);
	add(HOLDER_LISTEN, at(3, PORT), nobody, 2);
	add(HOLDER_LISTEN, at(2, PORT), nobody, 3);
	for (size_t i = 0; i < 3; i++)
		far[i] = sockets[5 + i];
	far_count = 3;
}

static void listeners_of_a_port_come_first_and_what_is_left_of_connections_last(void)
{
	struct findings findings;

	for (int turned = 0; turned < 2; turned++) {
		set_up_port();
		if (turned)
			turn_around();
		findings_read(&findings, PORT, true, turned, turned);
		CHECK(findings.error == 0, "errno %d", findings.error);
		CHECK(asked_port == PORT && asked_protocols == (HOLDERS_TCP | HOLDERS_UDP |
								   (turned ? 0u : HOLDERS_NO_BIND)),
		    "%u %u", asked_protocols, asked_port);
		CHECK_TEXT(told(&findings.holders, findings.roles),
		    "LISTEN 127.0.0.2:80 - 3 listener\n"
		    "LISTEN 127.0.0.3:80 - 2 listener\n"
		    "BOUND 127.0.0.4:80 - 1 bound\n"
		    "CLOSE_WAIT 127.0.0.1:80 127.0.0.2:3000 8 alone\n"
		    "ESTABLISHED 127.0.0.1:80 127.0.0.3:90 6 alone\n"
		    "ESTABLISHED 127.0.0.1:80 127.0.0.3:3000 7 alone\n"
		    "ESTABLISHED 127.0.0.2:80 127.0.0.1:90 5 accepted\n"
		    "TIME_WAIT 127.0.0.1:80 127.0.0.1:90 0 remnant\n");
		CHECK_TEXT(told(&findings.elsewhere, NULL), "LISTEN 127.0.0.2:80 - 3 \n"
							    "LISTEN 127.0.0.3:80 - 2 \n"
							    "BOUND 127.0.0.4:80 - 1 \n");
		CHECK_TEXT(looked_for, turned ? "8 patiently;3;" : "8;3;");
		findings_free(&findings);
		CHECK(heap_pieces == 0, "%ld pieces are left", heap_pieces);
	}
}

static void other_namespaces_are_looked_at_where_that_is_asked_and_allowed(void)
{
	struct findings findings;

	set_up_port();
	findings_read(&findings, PORT, false, false, true);
	CHECK(findings.elsewhere.count == 0, "%zu elsewhere", findings.elsewhere.count);
	CHECK_TEXT(looked_for, "8;");
	findings_free(&findings);
	set_up_port();
	far_refused = true;
	findings_read(&findings, PORT, true, false, true);
	CHECK(findings.error == 0, "errno %d", findings.error);
	CHECK_TEXT(looked_for, "8;");
	findings_free(&findings);
	CHECK(heap_pieces == 0, "%ld pieces are left", heap_pieces);
}

static void without_memory_for_it_nothing_is_known_of_a_port(void)
{
	struct findings findings;
	int refused = 0;

	for (int most = 0; most < 20; most++) {
		set_up_port();
		heap_left = most;
		findings_read(&findings, PORT, true, false, true);
		heap_left = -1;
		CHECK(findings.error == 0 || findings.error == ENOMEM, "errno %d", findings.error);
		refused += findings.error != 0;
		if (findings.error)
			CHECK(findings.holders.count == 0 && findings.elsewhere.count == 0 &&
				  !findings.roles,
			    "with %d pieces something is kept", most);
		findings_free(&findings);
		CHECK(heap_pieces == 0, "of %d pieces %ld are left", most, heap_pieces);
	}
	/* their list, and the roles */
	CHECK(refused == 2, "%d times", refused);
}

int main(void)
{
	TEST(those_that_share_an_address_and_port_are_told_in_its_order);
	TEST(one_that_goes_meanwhile_shares_no_more);
	TEST(where_nothing_is_shared_nothing_is_told);
	TEST(without_memory_for_it_nothing_of_what_is_shared_is_kept);
	TEST(listeners_of_a_port_come_first_and_what_is_left_of_connections_last);
	TEST(other_namespaces_are_looked_at_where_that_is_asked_and_allowed);
	TEST(without_memory_for_it_nothing_is_known_of_a_port);
	return test_failures != 0;
}
