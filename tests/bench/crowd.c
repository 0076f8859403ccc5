#include <stdlib.h>
#include <unistd.h>

#include "crowd.h"
#include "dial.h"

/* Connections not yet answered. A server that is asked to hold few may have a short listen queue
 * (ncat: 10); one that holds many has a long one. */
enum { FEW = 100, UNDER_WAY_FEW = 8, UNDER_WAY = 128 };

int *crowd_open(const struct sockaddr_in *server, size_t count)
{
	int *crowd = calloc(count + 1, sizeof *crowd);
	const size_t most = count <= FEW ? UNDER_WAY_FEW : UNDER_WAY;
	struct message sent, answer;

	if (!crowd)
		fail("calloc");
	for (size_t done = 0, n; done < count; done += n) {
		n = count - done < most ? count - done : most;
		for (size_t i = done; i < done + n; i++) {
			crowd[i] = dial_open(server, i);
			message_fill(&sent, i);
			dial_send(crowd[i], &sent);
		}
		for (size_t i = done; i < done + n; i++) {
			message_fill(&sent, i);
			dial_await(crowd[i], &sent, &answer, 0);
		}
	}
	return crowd;
}

void crowd_close(int *crowd, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(crowd[i]);
	free(crowd);
}
