#!/usr/bin/env python3
"""What `reuse run` costs: watched.py REUSE LOAD [ROUNDS]. A server under it beside the same server without, in
turns of one run, so that the machine's own ups and downs meet both; and how much later a program starts."""

import json
import os
import statistics
import subprocess
import sys
import time

GOALS = {"rr": ("established connections", 0.97), "cycle": ("short connections", 0.9)}
STARTS = 60
START_MS = 20


def serve(reuse, *before):
    """A server, and the port that it has."""
    server = subprocess.Popen([*before, reuse, "listen", "-q", "0", "127.0.0.1"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = server.stdout.readline()
    return server, line.split()[2].rsplit(":", 1)[1]


def ratio(load, work, plain, watched):
    """The watched one's share of the plain one's rate, each measured in slices that take turns."""
    said = subprocess.run([load, work, "-n", "50", "-d", "4", f"{plain},0", f"{watched},0"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.splitlines()
    one, other = (json.loads(line) for line in said)
    return other["rate"] / one["rate"]


def took_ms(words):
    begin = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - begin)


def main():
    reuse, load = map(os.path.abspath, sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    servers = [serve(reuse), serve(reuse, reuse, "run", "-q")]
    ports = [port for _, port in servers]
    missed = False
    for work, (title, goal) in GOALS.items():
        ratios = sorted(ratio(load, work, *ports) for _ in range(rounds))
        middle = statistics.median(ratios)
        missed |= middle < goal
        print(f"{title}: {middle:.3f} of without ({ratios[0]:.3f} to {ratios[-1]:.3f}), goal {goal}")
    for server, _ in servers:
        server.terminate()
        server.wait()
    pairs = [(took_ms(["true"]), took_ms([reuse, "run", "true"])) for _ in range(STARTS)]
    more = sorted(other - one for one, other in pairs)
    missed |= statistics.median(more) > START_MS
    print(f"start: {statistics.median(more):.1f} ms more ({more[0]:.1f} to {more[-1]:.1f}), goal {START_MS}")
    sys.exit(missed)


main()
