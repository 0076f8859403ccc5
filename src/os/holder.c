#include <string.h>

#include "os/holder.h"

const char *holder_state_name(enum holder_state state)
{
	static const char *const names[] = {
	    [HOLDER_ESTABLISHED] = "ESTABLISHED",
	    [HOLDER_SYN_SENT] = "SYN_SENT",
	    [HOLDER_SYN_RECV] = "SYN_RECV",
	    [HOLDER_FIN_WAIT1] = "FIN_WAIT1",
	    [HOLDER_FIN_WAIT2] = "FIN_WAIT2",
	    [HOLDER_TIME_WAIT] = "TIME_WAIT",
	    [HOLDER_BOUND] = "BOUND",
	    [HOLDER_CLOSE_WAIT] = "CLOSE_WAIT",
	    [HOLDER_LAST_ACK] = "LAST_ACK",
	    [HOLDER_LISTEN] = "LISTEN",
	    [HOLDER_CLOSING] = "CLOSING",
	};
	return names[state];
}

bool holder_takes(const struct holder *listener, const union addr *addr)
{
	const union addr at = addr_unmap(&listener->local), to = addr_unmap(addr);

	if (listener->state != HOLDER_LISTEN || addr_port(&at) != addr_port(&to))
		return false;
	if (!addr_is_any(&at))
		return addr_same(&at, &to);
	return at.any.sa_family == to.any.sa_family ||
	       (to.any.sa_family == AF_INET && listener->v6only != 1);
}

const struct process *holder_process(
    const struct holders *holders, const struct holder *holder, size_t i)
{
	return &holders->processes[holders->owners[holder->owner + i].process];
}

bool holder_has_others(const struct holders *holders, const struct holder *holder)
{
	bool made = holder->uid < 0 || holder->owner_count == 0;

	for (size_t i = 0; i < holder->owner_count; i++)
		made |= holder_process(holders, holder, i)->uid == holder->uid;
	return !made && holders->hidden > 0;
}

bool holders_shown_all(const struct holders *holders)
{
	const unsigned from_some = 1u << UNSEEN_HIDEPID | 1u << UNSEEN_OTHERS |
				   1u << UNSEEN_PTRACE | 1u << UNSEEN_USER_NAMESPACE;

	return !(holders->unseen & from_some);
}

const struct placement *holders_placement(const struct holders *holders, size_t place)
{
	static const struct placement nowhere;

	return holders->places ? &holders->places[place] : &nowhere;
}

const struct placement *holder_place(
    const struct holders *holders, const struct holder *holder, size_t i)
{
	const struct process *process = holder_process(holders, holder, i);
	const struct placement *of_process = holders_placement(holders, process->place);
	const struct placement *of_socket = holders_placement(holders, holder->place);

	/* systemd's own group, process 1's and each user's manager's. */
	return strcmp(of_process->unit, "init.scope") == 0 && *of_socket->unit ? of_socket
									       : of_process;
}
