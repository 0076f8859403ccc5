/* Lets servers take turns in short slices: what disturbs the machine meanwhile disturbs all. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dial.h"
#include "load.h"

enum { REST_US = 1000 }; /* between slices, for what a server does behind its last answer */

struct player {
	const struct target *target;
	void *state;
	uint64_t done;
	int64_t took_us, cpu_us;
};

static void blame(const struct player *player)
{
	fail_blame(ntohs(player->target->server.sin_port));
}

static void play(struct player *player, const struct load *load, const struct work *work)
{
	usleep(REST_US);
	blame(player);
	const int64_t cpu = clock_cpu_us(player->target->pid);
	const int64_t start = clock_us();
	player->done += work->slice(player->state, start + load->slice_us);
	player->took_us += clock_us() - start;
	player->cpu_us += clock_cpu_us(player->target->pid) - cpu;
}

/* A new order for each pass, the same in each run: nobody always follows the same neighbour. */
static void shuffle(struct player **order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		/* NOLINTNEXTLINE(cert-msc30-c,cert-msc50-cpp): the same numbers in each run */
		const size_t j = (size_t)rand() % i;
		struct player *other = order[j];
		order[j] = order[i - 1];
		order[i - 1] = other;
	}
}

static void report(struct player *player, const struct work *work)
{
	const double fair = work->end(player->state);
	const double done = (double)(player->done + !player->done);

	printf("{\"rate\": %.1f, \"fair\": %.4f, \"cpu_us\": %.3f}\n",
	    (double)player->done * 1e6 / (double)player->took_us, fair,
	    (double)player->cpu_us * work->unit / done);
}

void load_turns(const struct load *load, const struct work *work)
{
	const size_t count = load->target_count;
	struct player *players = calloc(count, sizeof *players);
	struct player **order = calloc(count, sizeof *order);
	int64_t passes = (load->run_us + load->slice_us - 1) / load->slice_us;

	if (!players || !order)
		fail("calloc");
	for (size_t i = 0; i < count; i++) {
		order[i] = &players[i];
		players[i].target = &load->targets[i];
		blame(&players[i]);
		players[i].state = work->begin(load, &load->targets[i]);
		play(&players[i], load, work); /* to warm up: not counted */
		players[i].done = 0;
		players[i].took_us = players[i].cpu_us = 0;
	}
	for (; passes > 0; passes--) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			play(order[i], load, work);
	}
	for (size_t i = 0; i < count; i++)
		report(&players[i], work);
	free(order);
	free(players);
}
