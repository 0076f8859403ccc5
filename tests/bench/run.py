#!/usr/bin/env python3
"""Compares `reuse listen` with other echo servers on the same work, in turns, in several rounds."""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True  # leave nothing beside the sources
import goals
import servers
import table

MANY = 10000  # idle connections
STARTS = 3  # of each server in a round


@dataclass(frozen=True)
class Work:
    name: str  # as in --work
    title: str
    words: tuple = ()  # for `load`, which measures it in turns; () where it is measured otherwise
    connections: int = 1
    longer: float = 1  # times --seconds
    scale: float = 1  # what is shown for one of what `load` tells
    less: bool = False  # less is better
    # With one connection both ends never work at once. On two CPUs it is the time that a CPU takes
    # to wake up which is measured, and it hides the servers.
    one_cpu: bool = False
    # Measured beside its own kind, not beside other servers: to be held against itself only.
    itself: bool = False


WORKS = [
    Work("rr1", "64 bytes, 1 connection, messages/s", ("rr", "-n1", "-s0.02"), 1, one_cpu=True),
    Work("rr50", "64 bytes, 50 connections, messages/s", ("rr", "-n50", "-s0.03"), 50),
    Work("rr1000", "64 bytes, 1000 connections, messages/s", ("rr", "-n1000", "-s0.05"), 1000),
    Work("idle0", "1 connection beside 0 idle, messages/s", itself=True),
    Work("idle1000", "1 connection beside 1,000 idle, messages/s", itself=True),
    Work("idle10000", "1 connection beside 10,000 idle, messages/s", itself=True),
    Work("bulk", "one stream, MB/s each way", ("bulk", "-s0.05"), 1, longer=1.5, scale=1e-6),
    Work("cycle", "connect, message, half-close, end, cycles/s", ("cycle", "-n8", "-s0.03"), 8),
    Work("fair", "fewest / most messages of 50 connections"),
    Work("empty", "private memory, empty, KB", less=True),
    Work("each", "private memory, each of 10,000 idle, bytes", less=True),
    Work("start", "start to first accept and echo, ms", less=True),
    Work("size", "stripped binary, KB", less=True),
]


class Results:
    """What was measured: for each work and server, a value for each round."""

    def __init__(self):
        self.values = {}
        self.cpu = {}
        self.notes = []

    def add(self, work, server, value, cpu=0.0):
        self.values.setdefault((work, server), []).append(value)
        if cpu:
            self.cpu.setdefault((work, server), []).append(cpu)

    def rounds(self, work, server):
        return self.values.get((work, server), [])

    def median(self, work, server):
        rounds = self.rounds(work, server)
        return statistics.median(rounds) if rounds else None

    def best(self, work, server):
        less = next(w.less for w in WORKS if w.name == work)
        rounds = self.rounds(work, server)
        return (min if less else max)(rounds) if rounds else None

    def ratio(self, work, server, other):
        """Best to best; None where one is missing."""
        return self._ratio((work, server), (work, other))

    def beside(self, work, server):
        """Beside idle connections, to itself with none."""
        return self._ratio((work, server), ("idle0", server))

    def _ratio(self, one, two):
        one, two = self.best(*one), self.best(*two)
        return one / two if one is not None and two else None

    def noise(self, work):
        """How far the epoll floor is from itself, as (half the spread of its ratio, text)."""
        itself = next(w.itself for w in WORKS if w.name == work)
        one = (work, "epoll floor" if itself else "epoll floor again")
        two = ("idle0" if itself else work, "epoll floor")
        ratios = [a / b for a, b in zip(self.rounds(*one), self.rounds(*two)) if b]
        if not ratios:
            return None, "-"
        half = (max(ratios) - min(ratios)) / 2
        off = abs(self._ratio(one, two) - 1)
        return max(half, off), f"{min(ratios):.2f} to {max(ratios):.2f}"

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            print(f"bench: {text}", file=sys.stderr)


class Bench:
    def __init__(self, options, found, results):
        self.load = os.path.join(options.floors, "load")
        self.seconds = options.seconds
        self.found = found
        self.results = results
        self.limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def up(self, crowd, one_cpu=False):
        """Starts an instance of each (server, idle); those that answer are returned."""
        cpus = os.sched_getaffinity(0)
        if one_cpu:
            os.sched_setaffinity(0, {max(cpus)})
        instances = []
        try:
            for server, idle in crowd:
                instances.append(servers.Instance(server, idle))
        except OSError:
            for instance in instances:
                instance.stop()
            raise
        finally:
            os.sched_setaffinity(0, cpus)
        answer = []
        for instance in instances:
            if instance.await_echo():
                answer.append(instance)
                continue
            self.results.note(f"{instance.server.name} does not answer")
            instance.stop()
        return answer

    def turns(self, words, crowd, one_cpu=False, longer=1.0):
        """Lets the crowd of (server, idle) do the work; returns [(instance, values)]."""
        instances = self.up(crowd, one_cpu)
        alive = list(instances)
        seconds = self.seconds * longer
        bound = sum(seconds + 5 + instance.idle / 1000 for instance in instances) + 30
        one = ["taskset", "-c", str(max(os.sched_getaffinity(0)))] if one_cpu else []
        try:
            while alive:
                ran = subprocess.run(
                    one + [self.load, *words, f"-d{seconds}"] + [i.target() for i in alive],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=bound)
                if ran.returncode == 0:
                    return list(zip(alive, map(json.loads, ran.stdout.splitlines())))
                # The others go on without the one that failed.
                blamed = re.match(r"load: port (\d+)", ran.stderr)
                guilty = [i for i in alive if blamed and i.port == int(blamed[1])] or alive
                for instance in guilty:
                    self.results.note(
                        f"{instance.server.name}: {' '.join(words)}: {ran.stderr.strip()}")
                    alive.remove(instance)
            return []
        finally:
            for instance in instances:
                instance.stop()

    def work(self, work):
        crowd = [(server, 0) for server in self.found if server.holds(work.connections)
                 and work.name not in server.cannot]
        for instance, told in self.turns(work.words, crowd, work.one_cpu, work.longer):
            name = instance.server.name
            self.results.add(work.name, name, told["rate"] * work.scale, told["cpu_us"])
            if work.name == "rr50":
                self.results.add("fair", name, told["fair"])

    def idle(self, wanted):
        """A server beside none, 1,000 and 10,000 idle ones, against itself."""
        for server in self.found:
            crowd = [(server, n) for n in (0, 1000, MANY)
                     if server.holds(n) and f"idle{n}" in wanted and n + 1500 < self.limit]
            if server.forks or not crowd:
                continue
            for instance, told in self.turns(("rr", "-n1", "-s0.02"), crowd, one_cpu=True):
                self.results.add(f"idle{instance.idle}", server.name, told["rate"], told["cpu_us"])

    def memory(self):
        for server in self.found:
            for instance in self.up([(server, MANY)]):
                try:
                    self.weigh(instance)
                finally:
                    instance.stop()

    def weigh(self, instance):
        name = instance.server.name
        pid = instance.process.pid
        empty = servers.private_kb(pid)
        self.results.add("empty", name, empty)
        if not instance.server.holds(MANY) or self.limit < MANY + 200:
            return
        with subprocess.Popen([self.load, "idle", "-d60", instance.target()], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
            if held.stdout.readline():
                self.results.add("each", name, (servers.private_kb(pid) - empty) * 1024 / MANY)
            else:
                self.results.note(f"{name} does not hold {MANY} connections")
            held.stdin.close()

    def start(self):
        for server in self.found:
            took = []
            for _ in range(STARTS):
                port = servers.free_port()
                ran = subprocess.run([self.load, "start", str(port), *server.command(port)],
                                     capture_output=True, text=True, timeout=30)
                if ran.returncode == 0:
                    took.append(json.loads(ran.stdout.splitlines()[-1])["ms"])
            if took:
                self.results.add("start", server.name, min(took))

    def size(self):
        for server in self.found:
            if not server.program:
                continue
            path = shutil.which(server.program)
            with tempfile.TemporaryDirectory() as folder:
                copy = os.path.join(folder, "stripped")
                shutil.copy(os.path.realpath(path), copy)
                subprocess.run(["strip", copy], stderr=subprocess.DEVNULL, check=False)
                self.results.add("size", server.name, os.path.getsize(copy) / 1024)

    def round(self, wanted, first):
        for work in WORKS:
            if work.words and work.name in wanted:
                self.work(work)
        self.idle(wanted)
        if "start" in wanted:
            self.start()
        # These are the same in each round.
        if first and wanted & {"empty", "each"}:
            self.memory()
        if first and "size" in wanted and shutil.which("strip"):
            self.size()


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as info:
        memory = int(info.readline().split()[1]) / 1048576
    cpus = len(os.sched_getaffinity(0))
    return f"{platform.system()} {platform.release()}, {cpus} CPUs ({model}), {memory:.0f} GB"


def show(results, found, options, wanted):
    names = [s.name for s in found if s.name != "epoll floor again"]
    works = [w for w in WORKS if w.name in wanted]
    plain = table.number
    for title, pick in (("Median", results.median), ("Best", results.best)):
        rows = [[w.title] + [plain(pick(w.name, name)) for name in names] for w in works]
        table.show(f"{title} of {options.rounds} rounds", ["work"] + names, rows, options.markdown)
    rows = []
    for work in works:
        ratios = [results.ratio(work.name, "reuse", name) for name in names[1:]]
        if any(ratios) and not work.itself:
            rows.append([work.title] + [plain(r) for r in ratios] + [results.noise(work.name)[1]])
    table.show("reuse divided by each, best by best; noise: the epoll floor divided by itself",
               ["work"] + names[1:] + ["noise"], rows, options.markdown)
    rows = [[w.title.rsplit(",", 1)[0]] + [plain(results.beside(w.name, name)) for name in names] +
            [results.noise(w.name)[1]] for w in works if w.itself and w.name != "idle0"]
    table.show("Each beside idle connections, divided by itself with none; noise: the epoll floor",
               ["work"] + names + ["noise"], rows, options.markdown)
    lone = [s.name for s in found if s.lone and s.name in names]
    rows = []
    for work in works:
        cells = [results.cpu.get((work.name, name)) for name in lone]
        if any(cells):
            title = work.title.rsplit(",", 1)[0] + (", per MiB" if work.name == "bulk" else "")
            rows.append([title] + [plain(statistics.median(c)) if c else "-" for c in cells])
    table.show("CPU time of the server, microseconds each, median", ["work"] + lone, rows,
               options.markdown)
    peers = [s for s in found if s.peer]
    table.show("Goals (best of the rounds)",
               ["goal", "at least", "reuse", "epoll floor", "noise", "verdict"],
               goals.rows(results, peers), options.markdown)


def read_words():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reuse", help="the program")
    parser.add_argument("floors", help="the folder of load, floor_epoll and floor_thread")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.7,
                        help="for each server, work and round")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 0.3 seconds")
    parser.add_argument("--only", metavar="NAME,...", help="these servers only")
    parser.add_argument("--work", metavar="NAME,...", help=" ".join(w.name for w in WORKS))
    parser.add_argument("--markdown", action="store_true", help="tables for the README")
    parser.add_argument("--json", metavar="FILE", help="write every value there")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.3
    options.reuse = os.path.abspath(options.reuse)
    options.floors = os.path.abspath(options.floors)
    for program in [options.reuse] + [
            os.path.join(options.floors, name) for name in ("load", "floor_epoll", "floor_thread")]:
        if not os.access(program, os.X_OK):
            parser.error(f"{program}: no such program")
    return options


def main():
    options = read_words()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = servers.known(options.reuse, options.floors)
    if options.only:
        found = [s for s in found if s.name in options.only.split(",")]
    wanted = set(options.work.split(",")) if options.work else {w.name for w in WORKS}
    results = Results()
    bench = Bench(options, found, results)
    begun = time.monotonic()
    if os.getloadavg()[0] > 1:
        results.note("the machine was busy with other work: the figures are indicative only")
    print(f"{machine()}; {options.rounds} rounds, {options.seconds} s for each server and work; "
          f"load average before: {os.getloadavg()[0]:.2f}")
    for i in range(options.rounds):
        print(f"bench: round {i + 1} of {options.rounds}, {time.monotonic() - begun:.0f} s",
              file=sys.stderr)
        bench.round(wanted, i == 0)
    show(results, found, options, wanted)
    for text in results.notes:
        print(f"\nnote: {text}")
    if options.json:
        every = {f"{work}/{name}": values for (work, name), values in results.values.items()}
        with open(options.json, "w") as file:
            json.dump(every, file, indent=1)
    print(f"\ntook {time.monotonic() - begun:.0f} s")
    return 0 if any(name == "reuse" for _, name in results.values) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
