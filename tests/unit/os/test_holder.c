/* ctest: os=Linux native */
/* os/holder on Linux: what is found out of sockets, each situation made for real. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/holder.h"
#include "tcp/facts.h"
#include "tests/lib/test.h"

/* A TCP (or UDP) socket of 127.0.0.1 with a port of its own. */
static int make_socket(int type, bool listens, unsigned *port)
{
	union addr addr = addr_loopback(AF_INET, *port);
	socklen_t len = sizeof addr.v4;
	const int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, &addr.any, len) < 0 || (listens && listen(fd, 4) < 0) ||
	    getsockname(fd, &addr.any, &len) < 0) {
		perror("bind");
		exit(1);
	}
	*port = addr_port(&addr);
	return fd;
}

static void read_port(struct holders *holders, unsigned protocols, unsigned port)
{
	if (holders_read(holders, protocols, port) < 0) {
		perror("holders_read");
		exit(1);
	}
	holders_know(holders, true);
}

/* The holder of which `pid` is an owner; NULL: none. */
static const struct holder *find_of(const struct holders *holders, long pid, enum owner_way way)
{
	for (size_t i = 0; i < holders->count; i++)
		for (size_t j = 0; j < holders->list[i].owner_count; j++)
			if (holder_process(holders, &holders->list[i], j)->pid == pid &&
			    holders->owners[holders->list[i].owner + j].way == way)
				return &holders->list[i];
	return NULL;
}

static void a_process_comes_with_what_is_known_of_it(void)
{
	struct holders holders;
	unsigned port = 0;
	const int fd = make_socket(SOCK_STREAM, true, &port);

	read_port(&holders, HOLDERS_TCP, port);
	const struct holder *holder = find_of(&holders, getpid(), OWNER_DESCRIPTOR);
	CHECK(holder, "not found among %zu", holders.count);
	if (holder) {
		const struct process *process = holder_process(&holders, holder, 0);
		CHECK(process->command && strstr(process->command, "test_holder"), "command %s",
		    process->command ? process->command : "none");
		CHECK(process->uid == (long)geteuid(), "user %ld", process->uid);
		CHECK(process->started <= time(NULL) + 1 && process->started > time(NULL) - 600,
		    "began at %lld", (long long)process->started);
		CHECK(process->state == 'R' || process->state == 'S', "state %c", process->state);
		CHECK(holder->queue_limit == 4, "limit %u", holder->queue_limit);
		CHECK(holders.place_count > 0 && holder->place < holders.place_count, "no place");
	}
	holders_free(&holders);
	close(fd);
}

static void the_accept_queue_is_told_with_its_limit_and_its_drops(void)
{
	struct holders holders;
	unsigned port = 0;
	const int fd = make_socket(SOCK_STREAM, true, &port);
	const union addr to = addr_loopback(AF_INET, port);
	int clients[8];

	/* Five fit; the SYN of a sixth is dropped. */
	for (int i = 0; i < 8; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(clients[i], &to.any, sizeof to.v4);
	}
	read_port(&holders, HOLDERS_TCP, port);
	for (size_t i = 0; i < holders.count; i++) {
		const struct holder *holder = &holders.list[i];
		if (holder->state != HOLDER_LISTEN)
			continue;
		CHECK(holder->queued == 5 && holder->queue_limit == 4, "%u of %u", holder->queued,
		    holder->queue_limit);
		CHECK(holder->drops > 0, "%lld dropped", (long long)holder->drops);
	}
	holders_free(&holders);
	for (int i = 0; i < 8; i++)
		close(clients[i]);
	close(fd);
}

static void udp_stands_beside_tcp(void)
{
	struct holders holders;
	unsigned port = 0;
	const int tcp = make_socket(SOCK_STREAM, true, &port);
	const int udp = make_socket(SOCK_DGRAM, false, &port);

	read_port(&holders, HOLDERS_TCP, port);
	CHECK(holders.count == 1 && !holders.list[0].udp, "TCP alone: %zu", holders.count);
	holders_free(&holders);
	read_port(&holders, HOLDERS_TCP | HOLDERS_UDP, port);
	CHECK(holders.count == 2, "both: %zu", holders.count);
	for (size_t i = 0; i < holders.count; i++)
		CHECK(holders.list[i].owner_count > 0 &&
			  (!holders.list[i].udp || holders.list[i].state == HOLDER_BOUND),
		    "%d: %zu owners, state %d", holders.list[i].udp, holders.list[i].owner_count,
		    (int)holders.list[i].state);
	holders_free(&holders);
	close(tcp);
	close(udp);
}

/* What a child has to do; it writes to `ready` when all is made, and waits to be killed. */
typedef void scene(unsigned port, int ready);

static pid_t stage(scene *play, unsigned port)
{
	int ends[2];
	char byte = 0;

	if (pipe(ends) < 0)
		exit(1);
	const pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		play(port, ends[1]);
		for (;;)
			pause();
	}
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1, "the child could not make it");
	close(ends[0]);
	return byte == '-' ? -pid : pid;
}

static void end_scene(pid_t pid)
{
	kill(pid < 0 ? -pid : pid, SIGKILL);
	waitpid(pid < 0 ? -pid : pid, NULL, 0);
}

static unsigned free_port(void)
{
	unsigned port = 0;

	close(make_socket(SOCK_STREAM, false, &port));
	return port;
}

struct ready {
	unsigned port;
	int fd;
};

static void *listen_in_a_table_of_its_own(void *of)
{
	const struct ready *ready = of;
	unsigned port = ready->port;

	unshare(CLONE_FILES);
	make_socket(SOCK_STREAM, true, &port);
	(void)!write(ready->fd, "+", 1);
	for (;;)
		pause();
	return NULL;
}

static void in_a_thread(unsigned port, int fd)
{
	struct ready ready = {port, fd};
	pthread_t thread;

	if (pthread_create(&thread, NULL, listen_in_a_table_of_its_own, &ready) == 0)
		pthread_join(thread, NULL);
}

static void after_the_first_thread(unsigned port, int fd)
{
	static struct ready ready;
	pthread_t thread;

	ready = (struct ready){port, fd};
	if (pthread_create(&thread, NULL, listen_in_a_table_of_its_own, &ready) == 0)
		syscall(SYS_exit, 0); /* this thread alone */
}

static void threads_with_descriptors_of_their_own_are_looked_at(void)
{
	static scene *const scenes[] = {in_a_thread, after_the_first_thread};

	for (size_t i = 0; i < 2; i++) {
		const unsigned port = free_port();
		const pid_t pid = stage(scenes[i], port);
		struct holders holders;
		read_port(&holders, HOLDERS_TCP, port);
		const struct holder *holder = find_of(&holders, pid, OWNER_THREAD);
		CHECK(holder, "scene %zu: not found among %zu, unseen %x", i, holders.count,
		    holders.unseen);
		if (holder)
			CHECK(holder_process(&holders, holder, 0)->state != 'Z',
			    "the process runs: a thread does");
		holders_free(&holders);
		end_scene(pid);
	}
}

static void in_a_ring(unsigned port, int ready)
{
	uint32_t parameters[30] = {0};
	const int ring = (int)syscall(425, 4, parameters); /* io_uring_setup */
	const int fd = make_socket(SOCK_STREAM, true, &port);

	/* io_uring_register, IORING_REGISTER_FILES */
	const bool made = ring >= 0 && syscall(427, ring, 2, &fd, 1) == 0;
	close(fd);
	(void)!write(ready, made ? "+" : "-", 1);
}

static void registered_files_of_a_ring_are_looked_at(void)
{
	const unsigned port = free_port();
	const pid_t pid = stage(in_a_ring, port);
	struct holders holders;

	if (pid < 0) {
		printf("skip: no io_uring\n");
	} else if (facts_here()->version < VERSION_OF(6, 18, 0)) {
		/* Found on 6.18, and not on 6.12. */
		printf("skip: this kernel does not name the registered files of a ring\n");
	} else {
		read_port(&holders, HOLDERS_TCP, port);
		CHECK(find_of(&holders, pid, OWNER_RING), "not found among %zu, unseen %x",
		    holders.count, holders.unseen);
		holders_free(&holders);
	}
	end_scene(pid);
}

static void in_flight(unsigned port, int ready)
{
	const int fd = make_socket(SOCK_STREAM, true, &port);
	int ends[2];
	char byte = 0;
	struct iovec part = {&byte, 1};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			 .cmsg_level = SOL_SOCKET,
			 .cmsg_type = SCM_RIGHTS}};
	const struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control.room};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
	const bool made =
	    socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && sendmsg(ends[0], &message, 0) == 1;
	close(fd);
	(void)!write(ready, made ? "+" : "-", 1);
}

static void a_descriptor_in_flight_is_not_taken_for_the_kernels(void)
{
	const unsigned port = free_port();
	const pid_t pid = stage(in_flight, port);
	struct holders holders;

	read_port(&holders, HOLDERS_TCP, port);
	CHECK(holders.count == 1 && holders.list[0].owner_count == 0, "%zu sockets", holders.count);
	CHECK(holders.unseen & 1u << UNSEEN_IN_FLIGHT && holders.in_flight > 0, "unseen %x",
	    holders.unseen);
	CHECK(!(holders.unseen & 1u << UNSEEN_KERNEL), "unseen %x", holders.unseen);
	holders_free(&holders);
	end_scene(pid);
}

static void without_a_bind_it_is_known_as_well_whether_bound_sockets_are_listed(void)
{
	struct holders asked, told;

	if (holders_read(&asked, HOLDERS_TCP, 1) < 0)
		return;
	if (holders_read(&told, HOLDERS_TCP | HOLDERS_NO_BIND, 1) == 0) {
		CHECK(told.bound_error == asked.bound_error, "%d by the version, %d when asked",
		    told.bound_error, asked.bound_error);
		holders_free(&told);
	}
	holders_free(&asked);
}

static void what_is_closed_during_the_search_leaves_the_list(void)
{
	struct holders holders;
	unsigned port = 0;
	const int fd = make_socket(SOCK_STREAM, true, &port);

	if (holders_read(&holders, HOLDERS_TCP, port) < 0)
		return;
	CHECK(holders.count == 1, "%zu before", holders.count);
	close(fd);
	holders_know(&holders, true);
	CHECK(holders.count == 0, "%zu after", holders.count);
	holders_free(&holders);
}

static void the_search_ends_when_its_time_is_over_and_tells(void)
{
	struct holders holders;
	unsigned port = 0;
	const int fd = make_socket(SOCK_STREAM, true, &port);

	if (holders_read(&holders, HOLDERS_TCP, port) < 0)
		return;
	holders.know_by_us = 1;
	holders_know(&holders, true);
	CHECK(holders.count == 1 && holders.list[0].owner_count == 0, "%zu sockets", holders.count);
	CHECK(holders.unsearched > 0, "as if all were looked at");
	holders_free(&holders);
	close(fd);
}

/* struct sock_filter and struct sock_fprog of linux/filter.h. */
struct step {
	uint16_t code;
	uint8_t yes, no;
	uint32_t k;
};

/* From now on no netlink socket can be made here. */
static bool refuse_netlink(void)
{
	const struct step steps[] = {{0x20, 0, 0, 0}, {0x15, 0, 3, SYS_socket}, {0x20, 0, 0, 16},
	    {0x15, 0, 1, AF_NETLINK}, {6, 0, 0, 0x50000 | EPROTONOSUPPORT}, {6, 0, 0, 0x7fff0000}};
	const struct {
		unsigned short count;
		const struct step *steps;
	} program = {6, steps};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, 2, &program, 0, 0) == 0;
}

/* In a child: the status is 0, 1, or 77 where no filter is to be had. */
static int look_without_netlink(unsigned port, long owner)
{
	struct holders holders;

	if (!refuse_netlink())
		return 77;
	read_port(&holders, HOLDERS_TCP, port);
	const struct holder *holder = find_of(&holders, owner, OWNER_DESCRIPTOR);
	CHECK(holder && holder->state == HOLDER_BOUND, "not found among %zu", holders.count);
	CHECK(holder && holder->reuseaddr == 0, "options not read");
	CHECK(holders.unseen & 1u << UNSEEN_NO_DIAG, "unseen %x", holders.unseen);
	return test_failures != 0;
}

static void bound_only_sockets_are_found_without_sock_diag(void)
{
	unsigned port = 0;
	int status = 0;
	const int fd = make_socket(SOCK_STREAM, false, &port);
	const pid_t parent = getpid();
	const pid_t pid = fork();

	if (pid == 0) {
		status = look_without_netlink(port, parent);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77),
	    "status %d", status);
	close(fd);
}

static void elsewhere(unsigned port, int ready)
{
	const int before = unshare(CLONE_NEWNET);
	int fd = -1;

	if (before == 0) {
		union addr any = addr_any(AF_INET, port);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(fd, &any.any, sizeof any.v4) < 0 || listen(fd, 1) < 0)
			fd = -1;
	}
	(void)!write(ready, fd >= 0 ? "+" : "-", 1);
}

static uint64_t network_id(void)
{
	char text[64];
	const ssize_t n = readlink("/proc/self/ns/net", text, sizeof text - 1);

	text[n > 0 ? n : 0] = 0;
	return n > 5 ? strtoull(text + 5, NULL, 10) : 0;
}

static void other_network_namespaces_are_read_and_left_again(void)
{
	const unsigned port = free_port();
	const pid_t pid = stage(elsewhere, port);
	const uint64_t before = network_id();
	struct holders holders;

	if (pid < 0) {
		printf("skip: no network namespace of its own for this user\n");
	} else if (holders_read_elsewhere(&holders, HOLDERS_TCP, port) < 0) {
		CHECK(errno == EPERM && geteuid() != 0, "errno %d", errno);
	} else if (holders.cut) {
		printf("skip: not all network namespaces were reached in a second\n");
		holders_free(&holders);
	} else {
		holders_know(&holders, true);
		const struct holder *holder = find_of(&holders, pid, OWNER_DESCRIPTOR);
		CHECK(holder && holder->network > 0, "not found among %zu", holders.count);
		CHECK(!holder || holder->drops == 0, "%lld dropped", (long long)holder->drops);
		CHECK(!holder || holders.networks[holder->network].pid == pid, "by process %ld",
		    holders.networks[holder->network].pid);
		holders_free(&holders);
	}
	CHECK(network_id() == before, "in namespace %llu now", (unsigned long long)network_id());
	end_scene(pid);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	TEST(a_process_comes_with_what_is_known_of_it);
	TEST(the_accept_queue_is_told_with_its_limit_and_its_drops);
	TEST(udp_stands_beside_tcp);
	TEST(threads_with_descriptors_of_their_own_are_looked_at);
	TEST(registered_files_of_a_ring_are_looked_at);
	TEST(a_descriptor_in_flight_is_not_taken_for_the_kernels);
	TEST(without_a_bind_it_is_known_as_well_whether_bound_sockets_are_listed);
	TEST(what_is_closed_during_the_search_leaves_the_list);
	TEST(the_search_ends_when_its_time_is_over_and_tells);
	TEST(bound_only_sockets_are_found_without_sock_diag);
	TEST(other_network_namespaces_are_read_and_left_again);
	return test_failures != 0;
}
