#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	HANDOVER_LISTENERS = 3,
	HANDOVER_CONNECTIONS = 90, /* 30 wait for each listener, give or take 4.5 */
	HANDOVER_FEWEST = 5,
	HANDOVER_MOST = 60,
	HANDOVER_WAIT_US = 10000000,
};

struct queue {
	struct stage *stage;
	int listeners[HANDOVER_LISTENERS];
	int clients[HANDOVER_CONNECTIONS], taken[HANDOVER_CONNECTIONS];
	int made, reset, served;
};

static void fill_queues(struct queue *queue, unsigned port)
{
	const struct plan plan = {.peer = addr_loopback(AF_INET, port), .backlog = SOCK_NO_LISTEN};
	struct fault fault;

	for (queue->made = 0; queue->made < HANDOVER_CONNECTIONS; queue->made++) {
		int *fd = &queue->clients[queue->made];
		*fd = sock_open(&plan, &fault);
		if (*fd < 0 || sock_settle(*fd, &plan.peer, HANDOVER_WAIT_US,
				   queue->stage->show->stop, &fault) < 0)
			return;
	}
}

/* Accepts what the two listeners that are left have, and counts the connections that were reset, until
 * all are accounted for. */
static void account_for_queues(struct queue *queue)
{
	const int64_t until_us = clock_us() + HANDOVER_WAIT_US;
	char byte;

	while (queue->served + queue->reset < queue->made && clock_us() < until_us &&
	       !stage_over(queue->stage)) {
		struct pollfd fds[HANDOVER_LISTENERS + HANDOVER_CONNECTIONS];
		for (int i = 0; i < HANDOVER_LISTENERS; i++)
			fds[i] = (struct pollfd){.fd = queue->listeners[i], .events = POLLIN};
		for (int i = 0; i < HANDOVER_CONNECTIONS; i++)
			fds[HANDOVER_LISTENERS + i] =
			    (struct pollfd){.fd = queue->clients[i], .events = POLLIN};
		if (call_poll(fds, HANDOVER_LISTENERS + HANDOVER_CONNECTIONS,
			clock_poll_ms(until_us - clock_us())) <= 0)
			continue;
		for (int i = 0; i < HANDOVER_LISTENERS; i++) {
			if (!fds[i].revents || queue->served == HANDOVER_CONNECTIONS)
				continue;
			const int fd = call_accept(fds[i].fd, NULL);
			if (fd >= 0)
				queue->taken[queue->served++] = fd;
		}
		for (int i = 0; i < HANDOVER_CONNECTIONS; i++) {
			if (!fds[HANDOVER_LISTENERS + i].revents ||
			    (call_recv(queue->clients[i], &byte, 1) < 0 && errno == EAGAIN))
				continue;
			stage_reset(&queue->clients[i], 1);
			queue->reset++;
		}
	}
}

static void run_handover(struct stage *stage, bool migrates)
{
	static struct queue queue;
	struct port port = {0};

	queue = (struct queue){.stage = stage};
	memset(queue.clients, -1, sizeof queue.clients);
	memset(queue.taken, -1, sizeof queue.taken);
	if (!stage_room(stage, 2 * HANDOVER_CONNECTIONS + HANDOVER_LISTENERS) ||
	    !stage_ports(stage, HANDOVER_CONNECTIONS) || !stage_queue(stage, HANDOVER_MOST))
		return;
	if (port_take(&port) < 0) {
		stage_ok(stage, -1, "a free port");
		return;
	}
	const union addr here = addr_loopback(AF_INET, port.number);
	if (stage_listeners(stage, &here, queue.listeners, HANDOVER_LISTENERS, INT_MAX) == 0) {
		fill_queues(&queue, port.number);
		if (!stage_over(stage)) {
			stage_count(stage, HANDOVER_CONNECTIONS, HANDOVER_CONNECTIONS, "90",
			    queue.made, "connections established, none accepted yet");
			call_close(queue.listeners[0]);
			queue.listeners[0] = -1;
			stage_ok(stage, 0, "close the first of the three listeners");
			account_for_queues(&queue);
		}
		if (!stage_over(stage)) {
			if (migrates)
				stage_count(stage, 0, 0, "0", queue.reset, "connections reset");
			else
				stage_count(stage, HANDOVER_FEWEST, HANDOVER_MOST,
				    stage_linux("about 30"), queue.reset, "connections reset");
			stage_count(stage, HANDOVER_CONNECTIONS - queue.reset,
			    HANDOVER_CONNECTIONS - queue.reset, migrates ? "90" : "the others",
			    queue.served, "connections accepted by the other two");
		}
		stage_reset(queue.clients, HANDOVER_CONNECTIONS);
		stage_reset(queue.taken, HANDOVER_CONNECTIONS);
		stage_reset(queue.listeners, HANDOVER_LISTENERS);
	}
	port_give_back(&port);
}

static void handover_loses(struct stage *stage)
{
	run_handover(stage, false);
}

static void handover_moves(struct stage *stage)
{
	run_handover(stage, true);
}

const struct experiment experiment_handover = {
    .number = 7,
    .name = "handover",
    .headline = "a listener that closes loses what is in its queue",
    .about = "Restarting workers one by one behind SO_REUSEPORT looks safe: the others keep "
	     "listening. But each listener has its own queue. A client whose connection waits "
	     "there believes that it is connected, and gets a reset when that listener closes. "
	     "Since 5.14 Linux can move such connections to another listener: "
	     "net.ipv4.tcp_migrate_req.",
    .by_hand =
	{
	    "1$ reuse try 'a bind :P reuseport' 'a listen' 'c connect 127.0.0.1:P' \\",
	    "     'b bind :P reuseport' 'b listen' 'a close' 's accept b'",
	    "   # EAGAIN: c was reset. In a separate network, where the queue moves:",
	    "1$ sudo unshare -n; ip link set lo up; sysctl net.ipv4.tcp_migrate_req=1",
	    "   # and the same try again",
	},
    .parts =
	{
	    {
		.title = "Three listeners, 90 connections in their queues, one listener closes",
		.needs = NEED_NO_MIGRATION,
		.question =
		    {
			.text =
			    "90 clients are connected and wait to be accepted, by three listeners "
			    "on one port. One listener closes. What happens to the 90?",
			.answers = {"the other two accept them all", "about 30 are reset",
			    "all are reset"},
			.right = 1,
		    },
		.steps = {{.run = handover_loses}},
		.lesson =
		    "What was waiting for the listener that closed is lost: no other could take it.",
	    },
	    {
		.title = "The same with net.ipv4.tcp_migrate_req=1",
		.needs = NEED_MIGRATION,
		.steps = {{.run = handover_moves}},
		.lesson =
		    "A listener that closes hands its queue over; a restart loses no connection.",
	    },
	},
    .remember = "To end a worker without loss: stop new connections to it, empty its queue, then "
		"close; or set tcp_migrate_req.",
};
