#include "cli/doc/topic_texts.h"

const char topic_json[] =
    "With --json each line of standard output is one JSON object in UTF-8 (RFC 8259), and\n"
    "nothing else is printed there. Every object has event and ts, the Unix time in seconds\n"
    "with six decimals. The first is start; a failure is an error event as well as a complaint\n"
    "on standard error.\n"
    "\n"
    "Addresses are written as in text: 127.0.0.1:3000, [::1]:3000. Control characters and bytes\n"
    "that are not UTF-8 are written as \\xNN within strings. A field of an object within a list\n"
    "is written as list[].field here. New fields may be added while schema stays 1.\n"
    "\n"
    "  reuse listen --json 3000 127.0.0.1\n"
    "  reuse why --json 3000\n"
    "  reuse help json --json";
