#include <stddef.h>

#include "cli/say.h"
#include "tcp/call.h"
#include "words/explain.h"

void explain_calls(bool traffic)
{
	call_trace = say_text;
	call_trace_traffic = traffic ? say_text : NULL;
}
