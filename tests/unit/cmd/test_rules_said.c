/* ctest: wrap=uname */
/* cmd/rules: all that is shown of its cells, word for word. */
#include <errno.h>
#include <sys/utsname.h>

#include "cmd/rules/view.h"
#include "tcp/system.h"
#include "tests/lib/shown.h"

static struct cell cells[CELLS];
static struct rules_result result;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_uname(struct utsname *here);

int __wrap_uname(struct utsname *here)
{
	snprintf(here->sysname, sizeof here->sysname, "System");
	snprintf(here->release, sizeof here->release, "6.1.2");
	return 0;
}

static void show(void)
{
	rules_view(&result);
}

/* Each answer of a table in turn, agreed on. */
static void begin(void)
{
	static const enum cell_word words[] = {CELL_OK, CELL_NO, CELL_UID};

	memset(cells, 0, sizeof cells);
	cells_list(cells);
	for (size_t i = 0; i < CELLS; i++) {
		struct cell *const cell = &cells[i];
		struct cell_answer *const rule = &cell->rule;
		if (cell->table == &table_overlap)
			rule->word = i % 3 ? CELL_OVERLAP : CELL_APART;
		else if (cell->table == &table_ephemeral)
			*rule = (struct cell_answer){
			    .word = CELL_COUNT, .least = 10, .most = i % 2 ? 20 : 10};
		else
			rule->word = words[i % (cell->table == &table_bind ? 3 : 1)];
		if ((cell->table == &table_then || cell->table == &table_beside) && i % 3)
			*rule = (struct cell_answer){.word = CELL_REFUSED,
			    .fault = {
				.at = i % 3 == 1 ? CALL_LISTEN : CALL_BIND, .error = EADDRINUSE}};
		cell->observed = *rule;
		cell->agrees = true;
	}
	result = (struct rules_result){.cells = cells, .measured = CELLS};
}

static struct cell *cell_at(const struct rules_table *table, size_t i)
{
	struct cell *cell = cells;

	while (cell->table != table)
		cell++;
	return cell + i;
}

static void the_tables_are_drawn(void)
{
	begin();
	CHECK_LINES(shown_as((struct common){0}, show),
	    "How sockets share TCP ports, measured on System 6.1.2\n"
	    "\n"
	    "  -  neither option       ok   allowed\n"
	    "  A  SO_REUSEADDR         no   refused (EADDRINUSE)\n"
	    "  P  SO_REUSEPORT         uid  allowed if the user (effective uid) is the same\n"
	    "  AP both                 !    not what the documented rule says\n"
	    "\n"
	    "1. Which addresses overlap? (x: they do)\n"
	    "                    0.0.0.0 127.0.0.1 127.0.0.2 :: ::v6only ::1 ::f:127 ::f:0\n"
	    "  0.0.0.0           .       x         x         .  x        x   .       x\n"
	    "  127.0.0.1         x       .         x         x  .        x   x       .\n"
	    "  127.0.0.2         x       x         .         x  x        .   x       x\n"
	    "  ::                .       x         x         .  x        x   .       x\n"
	    "  :: v6only         x       .         x         x  .        x   x       .\n"
	    "  ::1               x       x         .         x  x        .   x       x\n"
	    "  ::ffff:127.0.0.1  .       x         x         .  x        x   .       x\n"
	    "  ::ffff:0.0.0.0    x       .         x         x  .        x   x       .\n"
	    "\n"
	    "2. Where they overlap: a socket holds the port, may another bind it too?\n"
	    "  rows: options of the holder; columns: options of the other\n"
	    "          holder open            holder LISTEN          holder TIME_WAIT\n"
	    "          -    A    P    AP      -    A    P    AP      -    A    P    AP\n"
	    "  -       no   uid  ok   no      uid  ok   no   uid     ok   no   uid  ok\n"
	    "  A       uid  ok   no   uid     ok   no   uid  ok      no   uid  ok   no\n"
	    "  P       ok   no   uid  ok      no   uid  ok   no      uid  ok   no   uid\n"
	    "  AP      no   uid  ok   no      uid  ok   no   uid     ok   no   uid  ok\n"
	    "\n"
	    "3. Two sockets, one after the other, on one address and port, same options\n"
	    "  no: CALL is the first call that is refused\n"
	    "                      -             A             P             AP\n"
	    "  both listen         no: listen    no: bind      ok            no: listen\n"
	    "  listen then dial    no: bind      ok            no: listen    no: bind\n"
	    "  dial then listen    ok            no: listen    no: bind      ok\n"
	    "  dial the same pair  no: listen    no: bind      ok            no: listen\n"
	    "  dial another        no: bind      ok            no: listen    no: bind\n"
	    "\n"
	    "4. How many connections do ten ephemeral ports yield?\n"
	    "                      one destination   two destinations\n"
	    "  connect alone       10                10 to 20\n"
	    "  bind no-port        10                10 to 20\n"
	    "  bind -              10                10 to 20\n"
	    "  bind A              10                10 to 20\n"
	    "  bind P              10                10 to 20\n"
	    "  bind AP             10                10 to 20\n"
	    "\n"
	    "5. The wildcard beside an address: one listens, may another bind and listen?\n"
	    "  rows: options of the first; columns: of the other; bind: but not listen\n"
	    "          0.0.0.0 first          127.0.0.1 first\n"
	    "          -    A    P    AP      -    A    P    AP\n"
	    "  -       ok   bind no   ok      bind no   ok   bind\n"
	    "  A       bind no   ok   bind    no   ok   bind no\n"
	    "  P       no   ok   bind no      ok   bind no   ok\n"
	    "  AP      ok   bind no   ok      bind no   ok   bind\n"
	    "\n"
	    "176 cells measured, all as documented for Linux\n");
	const char *const coloured = shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show);
	CHECK_LINES(strstr(coloured, "\033[1m3. "),
	    "\033[1m3. Two sockets, one after the other, on one address and port, same options\033[0m\n"
	    "  no: CALL is the first call that is refused\n"
	    "                      -             A             P             AP\n"
	    "  both listen         \033[31mno: listen\033[0m    \033[31mno: bind\033[0m      \033[32mok\033[0m            \033[31mno: listen\033[0m\n"
	    "  listen then dial    \033[31mno: bind\033[0m      \033[32mok\033[0m            \033[31mno: listen\033[0m    \033[31mno: bind\033[0m\n"
	    "  dial then listen    \033[32mok\033[0m            \033[31mno: listen\033[0m    \033[31mno: bind\033[0m      \033[32mok\033[0m\n"
	    "  dial the same pair  \033[31mno: listen\033[0m    \033[31mno: bind\033[0m      \033[32mok\033[0m            \033[31mno: listen\033[0m\n"
	    "  dial another        \033[31mno: bind\033[0m      \033[32mok\033[0m            \033[31mno: listen\033[0m    \033[31mno: bind\033[0m\n"
	    "\n"
	    "\033[1m4. How many connections do ten ephemeral ports yield?\033[0m\n"
	    "                      one destination   two destinations\n"
	    "  connect alone       10                10 to 20\n"
	    "  bind no-port        10                10 to 20\n"
	    "  bind -              10                10 to 20\n"
	    "  bind A              10                10 to 20\n"
	    "  bind P              10                10 to 20\n"
	    "  bind AP             10                10 to 20\n"
	    "\n"
	    "\033[1m5. The wildcard beside an address: one listens, may another bind and listen?\033[0m\n"
	    "  rows: options of the first; columns: of the other; bind: but not listen\n"
	    "          0.0.0.0 first          127.0.0.1 first\n"
	    "          -    A    P    AP      -    A    P    AP\n"
	    "  -       \033[32mok\033[0m   bind \033[31mno\033[0m   \033[32mok\033[0m      bind \033[31mno\033[0m   \033[32mok\033[0m   bind\n"
	    "  A       bind \033[31mno\033[0m   \033[32mok\033[0m   bind    \033[31mno\033[0m   \033[32mok\033[0m   bind \033[31mno\033[0m\n"
	    "  P       \033[31mno\033[0m   \033[32mok\033[0m   bind \033[31mno\033[0m      \033[32mok\033[0m   bind \033[31mno\033[0m   \033[32mok\033[0m\n"
	    "  AP      \033[32mok\033[0m   bind \033[31mno\033[0m   \033[32mok\033[0m      bind \033[31mno\033[0m   \033[32mok\033[0m   bind\n"
	    "\n"
	    "176 cells measured, all as documented for Linux\n");
	CHECK_LINES(shown_events("summary", show),
	    "{\"event\":\"summary\",\"cells\":176,\"differ\":0,\"not_measured\":0,\"system\":\"System\",\"release\":\"6.1.2\"}\n");
}

/* What differs is marked, and told with its steps; what was not measured with its reason. */
static void what_differs_and_what_is_not_known_is_told(void)
{
	begin();
	static const enum cell_word unknown[] = {
	    CELL_NEEDS_SETUID, CELL_NEEDS_PORTS, CELL_NEEDS_TIME, CELL_HINDERED};
	for (size_t i = 0; i < 4; i++) {
		struct cell_answer *const observed = &cell_at(&table_bind, 20 + i)->observed;
		*observed = (struct cell_answer){.word = unknown[i]};
		if (unknown[i] == CELL_HINDERED)
			observed->fault = (struct fault){.at = CALL_SOCKET, .error = EMFILE};
		if (unknown[i] == CELL_NEEDS_SETUID)
			observed->fault = (struct fault){.at = CALL_SETEUID, .error = EPERM};
	}
	cell_at(&table_bind, 3)->observed = cell_at(&table_bind, 20)->observed;
	cell_at(&table_overlap, 2)->observed = cell_at(&table_bind, 21)->observed;
	cell_at(&table_overlap, 9)->observed = cell_at(&table_bind, 23)->observed;
	struct cell *const differing[] = {cell_at(&table_overlap, 10), cell_at(&table_bind, 40),
	    cell_at(&table_then, 7), cell_at(&table_ephemeral, 3), cell_at(&table_beside, 30)};
	for (size_t i = 0; i < sizeof differing / sizeof *differing; i++) {
		differing[i]->agrees = false;
		differing[i]->differs = true;
		differing[i]->observed.word = i == 0 ? CELL_APART : i == 3 ? CELL_COUNT : CELL_NO;
	}
	differing[3]->observed.least = differing[3]->observed.most = 7;
	differing[3]->first_port = 40000;
	differing[1]->uid = 65534;
	differing[2]->rule.word = CELL_UNDOCUMENTED;
	result.measured = CELLS - 7;
	result.differ = 5;
	const char *const all = shown_as((struct common){0}, show);
	const char *const from = strstr(all, "\n5. ");
	CHECK_LINES(from ? from : "",
	    "\n"
	    "5. The wildcard beside an address: one listens, may another bind and listen?\n"
	    "  rows: options of the first; columns: of the other; bind: but not listen\n"
	    "          0.0.0.0 first          127.0.0.1 first\n"
	    "          -    A    P    AP      -    A    P    AP\n"
	    "  -       ok   bind no   ok      bind no   ok   bind\n"
	    "  A       bind no   ok   bind    no   ok   bind no\n"
	    "  P       no   ok   bind no      ok   bind no   ok\n"
	    "  AP      ok   bind no   ok      bind no   no!  bind\n"
	    "\n"
	    "169 cells measured, 5 not as documented for Linux:\n"
	    "  overlap, row 127.0.0.1, column 127.0.0.2:\n"
	    "    observed apart, the rule says overlap\n"
	    "    a bind 127.0.0.1:P\n"
	    "    b bind 127.0.0.2:P\n"
	    "  bind TIME_WAIT, row P, column -:\n"
	    "    observed no, the rule says uid\n"
	    "    a bind 127.0.0.1:P reuseport\n"
	    "    a listen\n"
	    "    c connect 127.0.0.1:P\n"
	    "    s accept a\n"
	    "    a close\n"
	    "    s close\n"
	    "    c close\n"
	    "    b bind 127.0.0.1:P uid=65534\n"
	    "  then, row listen then dial, column AP:\n"
	    "    observed no, the rule says -\n"
	    "    d bind 127.0.0.1:Q\n"
	    "    d listen\n"
	    "    a bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    a listen\n"
	    "    b bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    b connect 127.0.0.1:Q\n"
	    "  ephemeral, row bind no-port, column two:\n"
	    "    observed 7, the rule says 10 to 20\n"
	    "    d0 bind 127.0.0.1:P\n"
	    "    d0 listen\n"
	    "    d1 bind 127.0.0.1:Q\n"
	    "    d1 listen\n"
	    "    c0 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c0 connect 127.0.0.1:P\n"
	    "    c1 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c1 connect 127.0.0.1:P\n"
	    "    c2 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c2 connect 127.0.0.1:P\n"
	    "    c3 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c3 connect 127.0.0.1:P\n"
	    "    c4 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c4 connect 127.0.0.1:P\n"
	    "    c5 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c5 connect 127.0.0.1:P\n"
	    "    c6 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c6 connect 127.0.0.1:P\n"
	    "    c7 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c7 connect 127.0.0.1:P\n"
	    "    c8 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c8 connect 127.0.0.1:P\n"
	    "    c9 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c9 connect 127.0.0.1:P\n"
	    "    c10 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c10 connect 127.0.0.1:P\n"
	    "    c11 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c11 connect 127.0.0.1:Q\n"
	    "    c12 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c12 connect 127.0.0.1:Q\n"
	    "    c13 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c13 connect 127.0.0.1:Q\n"
	    "    c14 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c14 connect 127.0.0.1:Q\n"
	    "    c15 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c15 connect 127.0.0.1:Q\n"
	    "    c16 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c16 connect 127.0.0.1:Q\n"
	    "    c17 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c17 connect 127.0.0.1:Q\n"
	    "    c18 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c18 connect 127.0.0.1:Q\n"
	    "    c19 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c19 connect 127.0.0.1:Q\n"
	    "    c20 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c20 connect 127.0.0.1:Q\n"
	    "    c21 bind 127.0.0.1:0 no-port port-range=40000-40009\n"
	    "    c21 connect 127.0.0.1:Q\n"
	    "  beside, row 127.0.0.1 AP, column P:\n"
	    "    observed no, the rule says ok\n"
	    "    a bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    a listen\n"
	    "    b bind 0.0.0.0:P reuseport\n"
	    "    b listen\n"
	    "? in 2 cells: not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)\n"
	    "? in 2 cells: not measured (socket EMFILE)\n"
	    "uid? in 2 cells: the same user may; another: not measured (needs CAP_SETUID)\n"
	    "? in 1 cell: not measured (out of time)\n");
	differing[3]->differs = false;
	result.file = "other\x01.json";
	snprintf(differing[1]->there, CELL_TEXT, "\x1b[1mok of a file that a stranger has written");
	snprintf(differing[2]->there, CELL_TEXT, "123456789012345678901234567890123456");
	snprintf(differing[4]->there, CELL_TEXT, "1234567890123456789012345678901234567");
	CHECK_LINES(shown_as((struct common){0}, show),
	    "  overlap, row 127.0.0.1, column 127.0.0.2:\n"
	    "    here apart, there nothing\n"
	    "    a bind 127.0.0.1:P\n"
	    "    b bind 127.0.0.2:P\n"
	    "  bind TIME_WAIT, row P, column -:\n"
	    "    here no, there \\x1b[1mok of a file that a stranger ...\n"
	    "    a bind 127.0.0.1:P reuseport\n"
	    "    a listen\n"
	    "    c connect 127.0.0.1:P\n"
	    "    s accept a\n"
	    "    a close\n"
	    "    s close\n"
	    "    c close\n"
	    "    b bind 127.0.0.1:P uid=65534\n"
	    "  then, row listen then dial, column AP:\n"
	    "    here no, there 123456789012345678901234567890123456\n"
	    "    d bind 127.0.0.1:Q\n"
	    "    d listen\n"
	    "    a bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    a listen\n"
	    "    b bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    b connect 127.0.0.1:Q\n"
	    "  beside, row 127.0.0.1 AP, column P:\n"
	    "    here no, there 123456789012345678901234567890123456...\n"
	    "    a bind 127.0.0.1:P reuseaddr reuseport\n"
	    "    a listen\n"
	    "    b bind 0.0.0.0:P reuseport\n"
	    "    b listen\n"
	    "169 cells measured, 5 differ from 'other\\x01.json'\n"
	    "? in 2 cells: not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)\n"
	    "? in 2 cells: not measured (socket EMFILE)\n"
	    "uid? in 2 cells: the same user may; another: not measured (needs CAP_SETUID)\n"
	    "? in 1 cell: not measured (out of time)\n");
	differing[1]->there[0] = 'x';
	result.differ = 0;
	for (size_t i = 0; i < sizeof differing / sizeof *differing; i++)
		differing[i]->differs = false;
	CHECK_LINES(shown_as((struct common){0}, show),
	    "169 cells measured, nothing differs from 'other\\x01.json'\n"
	    "? in 2 cells: not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)\n"
	    "? in 2 cells: not measured (socket EMFILE)\n"
	    "uid? in 2 cells: the same user may; another: not measured (needs CAP_SETUID)\n"
	    "? in 1 cell: not measured (out of time)\n");
}

static void an_event_has_all_of_its_cell(void)
{
	static const char *const want[] = {
	    "{\"event\":\"cell\",\"table\":\"overlap\",\"row\":\"0.0.0.0\",\"column\":\"0.0.0.0\",\"rule\":\"apart\",\"observed\":\"apart\",\"agrees\":false,\"there\":null,\"steps\":[\"a bind 0.0.0.0:P\",\"b bind 0.0.0.0:P\"]}\n",
	    "{\"event\":\"cell\",\"table\":\"bind\",\"row\":\"-\",\"column\":\"-\",\"state\":\"open\",\"rule\":\"no\",\"observed\":\"no\",\"agrees\":true,\"there\":\"there 1\",\"steps\":[\"a bind 127.0.0.1:P\",\"b bind 127.0.0.1:P\"]}\n",
	    "{\"event\":\"cell\",\"table\":\"then\",\"row\":\"both listen\",\"column\":\"-\",\"rule\":\"listen:EADDRINUSE\",\"observed\":\"listen:EADDRINUSE\",\"agrees\":false,\"there\":null,\"steps\":[\"a bind 127.0.0.1:P\",\"b bind 127.0.0.1:P\",\"a listen\",\"b listen\"]}\n",
	    "{\"event\":\"cell\",\"table\":\"ephemeral\",\"row\":\"connect alone\",\"column\":\"one\",\"rule\":\"10\",\"observed\":\"10\",\"agrees\":true,\"there\":\"there 3\",\"steps\":[\"d0 bind 127.0.0.1:P\",\"d0 listen\",\"c0 connect 127.0.0.1:P\",\"c1 connect 127.0.0.1:P\",\"c2 connect 127.0.0.1:P\",\"c3 connect 127.0.0.1:P\",\"c4 connect 127.0.0.1:P\",\"c5 connect 127.0.0.1:P\",\"c6 connect 127.0.0.1:P\",\"c7 connect 127.0.0.1:P\",\"c8 connect 127.0.0.1:P\",\"c9 connect 127.0.0.1:P\",\"c10 connect 127.0.0.1:P\"]}\n",
	    "{\"event\":\"cell\",\"table\":\"beside\",\"row\":\"0.0.0.0 -\",\"column\":\"-\",\"rule\":\"ok\",\"observed\":\"ok\",\"agrees\":false,\"there\":null,\"steps\":[\"a bind 0.0.0.0:P\",\"a listen\",\"b bind 127.0.0.1:P\",\"b listen\"]}\n"};
	static const struct rules_table *const tables[] = {
	    &table_overlap, &table_bind, &table_then, &table_ephemeral, &table_beside};

	begin();
	result.file = "other.json";
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		struct cell *const cell = cell_at(tables[i], 0);
		if (i % 2)
			snprintf(cell->there, CELL_TEXT, "there %zu", i);
		cell->agrees = i % 2;
		char *at = strdup(shown_events("cell", show)), *const whole = at;
		for (size_t skip = (size_t)(cell - cells); skip > 0; skip--)
			at = strchr(at, '\n') + 1;
		at[strcspn(at, "\n") + 1] = 0;
		CHECK_LINES(at, want[i]);
		free(whole);
	}
}

int main(void)
{
	TEST(the_tables_are_drawn);
	TEST(what_differs_and_what_is_not_known_is_told);
	TEST(an_event_has_all_of_its_cell);
	return test_failures != 0;
}
