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
