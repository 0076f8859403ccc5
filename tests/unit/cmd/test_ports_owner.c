/* ctest: os=Linux wrap=holders_read wrap=holders_know */
/* cmd/limits/ports: whose a port is that several sockets have. */
#include <errno.h>
#include <stdlib.h>

#include "cmd/limits/ports.h"
#include "os/tunable.h"
#include "tests/lib/listed.h"
#include "tests/lib/test.h"

enum { MANY = 4 };

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
void __wrap_holders_know(struct holders *holders, bool patient);

/* Each socket is the process's whose pid is its inode. */
void __wrap_holders_know(struct holders *holders, bool patient)
{
	(void)patient;
	holders->processes = calloc(MANY, sizeof *holders->processes);
	holders->owners = calloc(MANY, sizeof *holders->owners);
	if (!holders->processes || !holders->owners || holders->count > MANY)
		abort();
	holders->process_count = holders->owner_count = holders->count;
	for (size_t i = 0; i < holders->count; i++) {
		holders->processes[i].pid = (long)holders->list[i].inode;
		holders->owners[i].process = i;
		holders->list[i].owner = i;
		holders->list[i].owner_count = 1;
	}
}

/* A listener's port is the listener's, whoever has connections there; but a connection to the destination is
 * in the way before it. */
static void of_several_the_one_in_the_way_is_named(void)
{
	enum { LISTENS, ELSEWHERE, THERE };
	static const struct {
		int sockets[2]; /* pids 1 and 2 */
		long pid;
	} rows[] = {
	    {{LISTENS, ELSEWHERE}, 1},
	    {{ELSEWHERE, LISTENS}, 2},
	    {{LISTENS, THERE}, 2},
	    {{THERE, LISTENS}, 1},
	    {{ELSEWHERE, THERE}, 2},
	};
	const struct route route = {
	    .source = addr_loopback(AF_INET, 0), .destination = addr_loopback(AF_INET, 80)};
	unsigned low, high;

	if (!tunable_port_range(&low, &high)) {
		printf("skip: the ephemeral range cannot be read\n");
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ports ports = {0};
		const char *call = "";
		for (int k = 0; k < 2; k++)
			listed[k] = (struct holder){.state = rows[i].sockets[k] == LISTENS
								 ? HOLDER_LISTEN
								 : HOLDER_ESTABLISHED,
			    .local = addr_loopback(AF_INET, low),
			    .peer = addr_loopback(AF_INET, rows[i].sockets[k] == THERE ? 80 : 443),
			    .inode = (unsigned)k + 1};
		listed_count = 2;
		CHECK(ports_read(&ports, &route, &call) == 0, "%s: errno %d", call, errno);
		CHECK(ports.taken_count == 1 && ports.taken[0].process, "row %zu: %zu rows", i,
		    ports.taken_count);
		const struct process *const process =
		    ports.taken_count ? ports.taken[0].process : NULL;
		CHECK(process && process->pid == rows[i].pid, "row %zu: pid %ld", i,
		    process ? (long)process->pid : -1L);
		ports_free(&ports);
	}
}

int main(void)
{
	TEST(of_several_the_one_in_the_way_is_named);
	return test_failures != 0;
}
