"""Plants one change at a time in the program, and looks whether a test notices.

usage: mutants.py SOURCE WORK [--sample N] [--seed S] [--jobs J] [--minutes M] [--seconds T] [--budget B] [FILE...]

WORK has copies of the source, their builds and the map of which test runs which line; the source stays as it
is. FILE is a path as src/tcp/echo.c; without one: all of tcp, os, words, diagnosis, answer and cmd. Each survivor
is a line; those that equivalent.txt lists count for nothing, and those of a kind that is no fault (harmless.py) are not planted. Where it was stopped, or the time was over, the
same words go on from there: what was killed stays so, what survived meets the tests that have changed since, and those
that a greater --budget has room for.
With more --jobs each has a network of its own, in which the kernel has fewer tunables (tcp_mem): who reads them is not
judged there.
The last line is the score, status 0 where it is 90 % or more of all that were asked for.
`make mutants MUTANTS='--sample 200 --seed 1'` adds words to these.
"""

import argparse
import json
import os
import random
import re
import shlex
import signal
import sys
import threading
import time

import coverage_map
import plant
from worker import Worker, end, hash_of, running, source_files

ROOMS = re.compile(r"src/(tcp|os|words|diagnosis|answer|cmd)/.*\.c$")
ENOUGH = 90  # per cent


def words():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("work")
    parser.add_argument("--sample", type=int, default=0, help="so many changes, chosen by chance (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="so many at a time, each in builds and a network of its own")
    parser.add_argument("--minutes", type=float, default=0, help="begin no change after that (0: no limit)")
    parser.add_argument("--seconds", type=int, default=180, help="the longest that one test may take")
    parser.add_argument("--budget", type=int, default=60, help="seconds of tests that a change meets, the quickest first (0: all)")
    parser.add_argument("files", nargs="*")
    return parser.parse_intermixed_args(sys.argv[1:] + shlex.split(os.environ.get("MUTANTS", "")))


def each(workers, work):
    """Calls `work` with each worker, at the same time, until all are done; what one of them raises is raised. An
    interrupt ends what they run."""
    raised = []

    def run(worker):
        try:
            work(worker)
        except BaseException as error:  # of whatever kind: the others go on, then it is raised
            raised.append(error)
    threads = [threading.Thread(target=run, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for child in list(running):
            end(child)
        os._exit(130)
    if raised:
        raise raised[0]


def must(done, what):
    if not done:
        raise SystemExit(f"{what} fails without any change")


def covered_by(o, workers, program):
    """The map, made or mended."""
    covered = coverage_map.Map(f"{o.work}/map.{program}.json")
    tests = coverage_map.tests_of(workers[0].build)
    missing = covered.missing(tests)
    if missing:
        print(f"the map of which test runs which line: {len(missing)} tests to run, each once", flush=True)
        each(workers, lambda worker: must(worker.ready_to_count(), "the build that counts"))
        missing.sort(reverse=True)
        lock = threading.Lock()

        def count(worker):
            while True:
                with lock:
                    if not missing:
                        return
                    name = missing.pop()
                counted = coverage_map.count(worker, name, o.seconds)
                with lock:
                    if counted:
                        covered.put(name, counted)
                        covered.save()
                    else:
                        print(f"{name} fails without any change: it judges none", flush=True)
        each(workers, count)
    covered.turn()
    return covered


def equivalents(source):
    """The rows of those that change nothing that can be seen: [(does it fit this file?, this change?, this line?)]."""
    rows = []
    with open(f"{source}/tests/mutants/equivalent.txt") as file:
        for row in file:
            if row.strip() and not row.startswith("#"):
                path, what, text, _ = (part.strip() for part in row.split(" | ", 3))
                fits = re.compile if path == "*" else lambda word: re.compile(re.escape(word))
                rows.append((re.compile(".*" if path == "*" else re.escape(path)), fits(what), fits(text)))
    return rows


def is_known(rows, change):
    words = change[0], change[2], change[4].strip()
    return any(all(fits.fullmatch(word) for fits, word in zip(row, words)) for row in rows)


def candidates(source, covered, files):
    """All changes of lines that this build has: (file, number, what, new line, old line)."""
    texts = []
    for name in source_files(source):
        if re.match(r"src/.*\.[ch]$", name):
            with open(f"{source}/{name}") as file:
                texts.append(file.read())
    program = plant.program_of(texts)
    for path in files:
        if path not in covered.can:
            continue  # not part of this build, or never run at all
        with open(f"{source}/{path}") as file:
            text = file.read()
        lines = text.split("\n")
        for number, what, new in plant.of_file(text, program):
            yield path, number, what, new, lines[number - 1]


class Sample:
    """The first `wanted` changes that can be built, in their order, whoever tries them."""

    def __init__(self, changes, wanted, outcomes, program, minutes):
        self.changes, self.wanted = changes, min(wanted, len(changes))
        self.outcomes, self.program = outcomes, program
        self.ends = time.monotonic() + minutes * 60 if minutes else None
        self.at = self.flying = 0
        self.count = {"killed": 0, "survived": 0, "not built": 0}
        self.turn = threading.Condition()
        self.before = {}
        if os.path.exists(outcomes):
            with open(outcomes) as file:
                for row in map(json.loads, file):
                    if row["program"] == program:
                        self.before[row["file"], row["line"], row["what"]] = row

    def tried(self):
        return self.count["killed"] + self.count["survived"]

    def next(self):
        """The next to try, and the tests that it has passed; None where there is none."""
        with self.turn:
            while True:
                while self.tried() + self.flying >= self.wanted and self.flying:
                    self.turn.wait()  # one that flies may not be built
                late = self.ends and time.monotonic() > self.ends
                if late or self.tried() >= self.wanted or self.at == len(self.changes):
                    return None
                change = self.changes[self.at]
                self.at += 1
                before = self.before.get(change[:3], {"outcome": "", "passed": {}})
                if before["outcome"] not in ("killed", "not built"):
                    self.flying += 1
                    return change, before["passed"]
                self._counts(change, before["outcome"], "")

    def came(self, change, outcome, by, passed):
        with self.turn:
            self.flying -= 1
            with open(self.outcomes, "a") as file:
                names = dict(zip(("program", "file", "line", "what"), (self.program, *change[:3])))
                print(json.dumps({**names, "outcome": outcome, "by": by, "passed": passed}), file=file)
            self._counts(change, outcome, by)
            self.turn.notify_all()

    def _counts(self, change, outcome, why):
        self.count[outcome] += 1
        if outcome == "survived":
            path, number, what, _, old = change
            print(f"survived {path}:{number} {what} ({why}): {old.strip()}", flush=True)


def main():
    o = words()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.makedirs(o.work, exist_ok=True)
    names = source_files(o.source)
    program = hash_of(o.source, [name for name in names if not name.startswith("tests/")])
    workers = [Worker(o.work, number, o.jobs > 1) for number in range(o.jobs)]

    def ready(worker):
        worker.copy(o.source)
        must(worker.ready_to_plant(), "the build")
    each(workers, ready)
    covered = covered_by(o, workers, program)

    files = o.files or sorted(path for path in covered.can if ROOMS.match(path))
    known = equivalents(o.source)
    changes = list(candidates(o.source, covered, files))
    random.Random(o.seed).shuffle(changes)
    changes = [change for change in changes if not is_known(known, change)]
    sample = Sample(changes, o.sample or len(changes), f"{o.work}/outcomes.jsonl", program, o.minutes)
    began = time.monotonic()

    def plant_them(worker):
        while found := sample.next():
            change, passed = found
            sample.came(change, *worker.try_one(change, covered, o.seconds, o.budget, passed))
    each(workers, plant_them)

    tried = sample.tried()
    if tried == 0:
        print("nothing to change there")
        return 1
    took = time.monotonic() - began
    print(f"seed {o.seed}, {took:.0f} s, {len(changes)} changes to choose from, {sample.count['not built']} not built, or the same program")
    done = tried >= sample.wanted or sample.at == len(changes)
    if not done:
        print(f"{tried} of {sample.wanted} tried when the time was over; the same words go on from here")
    share = 100 * sample.count["killed"] / tried
    print(f"{sample.count['killed']} of {tried} killed, {share:.0f} %")
    return 0 if done and share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
