#!/usr/bin/env python3
"""Runs seeds over the program that was linked with faults.

run.py FAULTY HONEST [--seeds N] [--first N] [--seed N] [--sweep N] [--jobs N] [--under WORDS]

FAULTY is that program, HONEST the same one without faults. A seed decides what is asked of the
program, and which of its calls fail, and how; in every second round of commands nothing happens but
what passes by (EINTR, EAGAIN, short counts), and all that was asked must come about. A failure is
printed with its seed, and --seed replays it. With --sweep the allocations fail one by one instead.
Status 1 where a promise was not kept."""

import argparse
import concurrent.futures
import itertools
import os
import random
import shlex
import subprocess
import sys
import time

import program
import scenes
from program import Broken, Program

TAIL = 1500  # bytes of what it said that a failure shows


def play(options, honest, order, seed, allocation=0):
    """One seed. Returns the faults met, and the complaint or None."""
    dice = random.Random(seed)
    scene = order[seed % len(order)]
    mild = not allocation and seed // len(order) % 2 == 1
    made = []

    def make(words, given=b""):
        made.append(Program([*options.under, options.faulty, *words], seed, given, allocation, mild))
        return made[-1]

    faults, complaint = {}, None
    try:
        faults = scene(scenes.Play(make, dice, (*options.under, options.honest), honest, mild,
                                  allocation > 0))
    except Broken as broken:
        complaint = str(broken)
    for one in made:
        one.kill()
    asked = "; ".join("reuse " + shlex.join(one.words[len(options.under) + 1:]) for one in made)
    if complaint:
        told = b"".join(one.said for one in made)[-TAIL:].decode(errors="replace")
        replay = f"--seed {seed}" + (f" --allocation {allocation}" if allocation else "")
        complaint = (f"{replay[2:]}: {asked}\n  {complaint}\n{told}\n"
                     f"  replay: {sys.argv[0]} {options.faulty} {options.honest} {replay}")
    return faults, complaint


def sweep(options, honest, order, seed):
    """One allocation after the other fails, until there are no more."""
    results = []
    for allocation in range(1, options.sweep + 1):
        results.append(play(options, honest, order, seed, allocation))
        faults, complaint = results[-1]
        if not faults and not complaint:
            break
    return results


def read_words():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("faulty")
    parser.add_argument("honest")
    parser.add_argument("--seeds", type=int, default=60, metavar="N", help="how many (60)")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="from there on (1)")
    parser.add_argument("--seed", type=int, metavar="N", help="this one alone")
    parser.add_argument("--sweep", type=int, metavar="N",
                        help="each of the first N allocations fails, as far as there are so many, "
                             "for each command")
    parser.add_argument("--allocation", type=int, default=0, metavar="N",
                        help="that allocation alone fails")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="at a time (4)")
    parser.add_argument("--under", type=shlex.split, default=[], metavar="WORDS",
                        help="a program to run it under, such as valgrind")
    return parser.parse_args()


def main():
    options = read_words()
    names = subprocess.run([options.honest], capture_output=True, text=True, check=True).stdout.split()
    order = scenes.known(names)
    if options.under:
        program.PATIENCE *= 6  # it is slower by so much, or more
    seeds = range(options.first, options.first + options.seeds)
    if options.seed is not None:
        seeds = [options.seed]
    elif options.sweep:
        seeds = range(len(order), 3 * len(order))  # each command in two ways
    server = Program([options.honest, "listen", "-q", "0", "127.0.0.1"])
    honest, began = server.port(), time.monotonic()
    total, runs, broken = {}, 0, 0

    def run(seed):
        if options.sweep:
            return sweep(options, honest, order, seed)
        return [play(options, honest, order, seed, options.allocation)]

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for faults, complaint in itertools.chain.from_iterable(pool.map(run, seeds)):
            runs += 1
            for call, count in faults.items():
                total[call] = total.get(call, 0) + count
            if complaint:
                broken += 1
                print(f"FAIL {complaint}", flush=True)
    server.tell()
    server.end((0,))
    server.kill()
    print(f"{runs} runs, {broken} broken, {sum(total.values())} faults in "
          f"{time.monotonic() - began:.0f} s:",
          ", ".join(f"{call} {count}" for call, count in sorted(total.items())))
    return 1 if broken else 0


if __name__ == "__main__":
    os.environ.pop("REUSE_FAULT_SEED", None)
    sys.exit(main())
