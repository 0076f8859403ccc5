/* What is written to a stream, kept in a file while a test looks. */
#ifndef REUSE_TEST_CAPTURED_H
#define REUSE_TEST_CAPTURED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
	FILE *stream, *file;
	int before;
};

/* From now on what goes to `stream` is kept. */
static struct capture capture_begin(FILE *stream)
{
	const int before = dup(fileno(stream));
	const struct capture capture = {.stream = stream, .file = tmpfile(), .before = before};

	fflush(stream);
	if (!capture.file || before < 0) {
		perror("tmpfile");
		abort();
	}
	dup2(fileno(capture.file), fileno(stream));
	return capture;
}

/* No longer. What was kept becomes text, of `size` bytes with its NUL. */
static void capture_end(const struct capture *capture, char *text, size_t size)
{
	fflush(capture->stream);
	dup2(capture->before, fileno(capture->stream));
	close(capture->before);
	rewind(capture->file);
	text[fread(text, 1, size - 1, capture->file)] = 0;
	fclose(capture->file);
}

#endif
