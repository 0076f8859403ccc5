#include <string.h>

#include "cli/text.h"
#include "cli/writer.h"
#include "tcp/call.h"
#include "words/explain.h"

static void explain(const char *line)
{
	char text[1024];

	/* The name of an interface may be any bytes. */
	text_escape(text, sizeof text - 1, line, strlen(line));
	const size_t n = strlen(text);
	text[n] = '\n';
	writer_put(WRITER_ERR, text, n + 1);
}

void explain_calls(bool traffic)
{
	call_trace = explain;
	call_trace_traffic = traffic ? explain : NULL;
}
