/* ctest: os=Linux wrap=facts_address wrap=holders_read_listeners */
/* diagnosis/causes_peer: what the listener of this machine says of a connect that was refused. */
#include <errno.h>
#include <stdlib.h>

#include "diagnosis/causes_checks.h"
#include "os/holder.h"
#include "tests/lib/test.h"

enum { PORT = 3000 };

/* The machine has these listeners, on 127.0.0.1. */
static struct holder listeners[2];
static size_t listener_count;

static const struct cause of_refused = {.error = ECONNREFUSED},
			  of_unanswered = {.error = ETIMEDOUT};

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE]);
int __wrap_holders_read_listeners(struct holders *holders, unsigned port);

enum address_state __wrap_facts_address(const union addr *addr, char interface[IF_NAMESIZE])
{
	(void)addr;
	*interface = 0;
	return ADDRESS_READY;
}

int __wrap_holders_read_listeners(struct holders *holders, unsigned port)
{
	holders->list = malloc(sizeof listeners);
	if (!holders->list)
		return -1;
	memcpy(holders->list, listeners, sizeof listeners);
	holders->count = listener_count;
	for (size_t i = 0; i < listener_count; i++) {
		holders->list[i].state = HOLDER_LISTEN;
		holders->list[i].local = addr_loopback(AF_INET, port);
	}
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void a_listener_speaks_for_what_it_is_known_to_take(void)
{
	static const struct {
		const char *what;
		struct holder listeners[2];
		size_t count;
		enum fact nobody, full, rejects, drops;
	} rows[] = {
	    {"none", {{0}}, 0, FACT_YES, FACT_UNKNOWN, FACT_NO, FACT_UNKNOWN},
	    {"one with room", {{.queued = 1, .queue_limit = 1}}, 1, FACT_NO, FACT_NO, FACT_YES,
		FACT_YES},
	    {"a full one", {{.queued = 2, .queue_limit = 1}}, 1, FACT_NO, FACT_YES, FACT_YES,
		FACT_NO},
	    {"a limit that is not told", {{.queued = 2, .queue_limit = LIMIT_UNKNOWN}}, 1, FACT_NO,
		FACT_UNKNOWN, FACT_YES, FACT_UNKNOWN},
	    {"one of a device", {{.device = 3, .queue_limit = 1}}, 1, FACT_UNKNOWN, FACT_UNKNOWN,
		FACT_UNKNOWN, FACT_UNKNOWN},
	    {"another beside it", {{.device = 3, .queue_limit = 1}, {.queue_limit = 1}}, 2, FACT_NO,
		FACT_NO, FACT_YES, FACT_YES},
	};
	const union addr peer = addr_loopback(AF_INET, PORT);
	const struct subject subject = {.peer = &peer};
	const struct subject refused = {.peer = &peer, .cause = &of_refused};
	const struct subject unanswered = {.peer = &peer, .cause = &of_unanswered};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char said[CAUSE_SAID];
		memcpy(listeners, rows[i].listeners, sizeof listeners);
		listener_count = rows[i].count;
		enum fact holds = ends_listener(&subject, said);
		CHECK(holds == rows[i].nobody, "%s: nobody listens: %d", rows[i].what, (int)holds);
		holds = ends_queue(&subject, said);
		CHECK(holds == rows[i].full, "%s: is full: %d", rows[i].what, (int)holds);
		holds = ends_firewall(&refused, said);
		CHECK(holds == rows[i].rejects, "%s: a firewall rejects: %d", rows[i].what,
		    (int)holds);
		holds = ends_firewall(&unanswered, said);
		CHECK(holds == rows[i].drops, "%s: a firewall drops: %d", rows[i].what, (int)holds);
	}
}

/* A list of the listeners on port 0 is one of all. */
static void nobody_listens_on_port_0(void)
{
	const union addr peer = addr_loopback(AF_INET, 0);
	const struct subject subject = {.peer = &peer};
	const struct subject refused = {.peer = &peer, .cause = &of_refused};
	char said[CAUSE_SAID];

	listener_count = 1;
	enum fact holds = ends_listener(&subject, said);
	CHECK(holds == FACT_YES, "nobody listens: %d", (int)holds);
	holds = ends_firewall(&refused, said);
	CHECK(holds == FACT_NO, "a firewall rejects: %d", (int)holds);
}

int main(void)
{
	TEST(a_listener_speaks_for_what_it_is_known_to_take);
	TEST(nobody_listens_on_port_0);
	return test_failures != 0;
}
