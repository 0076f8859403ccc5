"""Plants one change at a time in the program, and looks whether a test notices.

usage: mutants.py SOURCE WORK [--sample N] [--seed S] [--seconds T] [FILE...]

WORK has a copy of the source, its builds and the map of which test runs which line; the source stays as it
is. FILE is a path as src/tcp/echo.c; without one: all of tcp, os, words, diagnosis and cmd. Each survivor
is a line; those that equivalent.txt lists count for nothing. The last line is the score, status 0 where it
is 90 % or more. `make mutants MUTANTS='--sample 200 --seed 1'` adds words to these.
"""

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time

import coverage_map
import plant

ROOMS = re.compile(r"src/(tcp|os|words|diagnosis|cmd)/.*\.c$")
ENOUGH = 90          # per cent
SOON = 1.0           # seconds: tests as quick as that run together
LONGEST_BUILD = 120  # seconds


def words():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("work")
    parser.add_argument("--sample", type=int, default=0, help="so many changes, chosen by chance (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=120, help="the longest that one test may take")
    parser.add_argument("files", nargs="*")
    return parser.parse_intermixed_args(sys.argv[1:] + shlex.split(os.environ.get("MUTANTS", "")))


def copy(source, tree):
    """The files of the source, as git knows them; unchanged ones keep their time. Returns what they are, as a hash."""
    told = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=source, capture_output=True, check=True)
    names = sorted(n for n in told.stdout.decode().split("\0") if n and os.path.isfile(f"{source}/{n}"))
    sums = hashlib.sha256()
    for name in names:
        with open(f"{source}/{name}", "rb") as file:
            text = file.read()
        sums.update(name.encode() + b"\0" + text)
        to = f"{tree}/{name}"
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if not os.path.exists(to) or open(to, "rb").read() != text:
            shutil.copy(f"{source}/{name}", to)
    for folder, _, files in os.walk(tree):
        for file in files:
            if os.path.relpath(os.path.join(folder, file), tree) not in names:
                os.unlink(os.path.join(folder, file))
    return sums.hexdigest()


def configure(tree, build, *more):
    subprocess.run(["cmake", *more, "-S", tree, "-B", build], check=True, stdout=subprocess.DEVNULL)


def bounded(argv, seconds, **more):
    """Runs it in a session of its own, which ends with it, with bounds on what a change may let it use. Returns
    its status; None where the time was over."""
    def limits():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    child = subprocess.Popen(argv, preexec_fn=limits, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


def apart():
    """What keeps the processes of a run to it, where this user may."""
    shell = ["unshare", "-pf", "--mount-proc", "--kill-child"]
    able = shutil.which("unshare") and subprocess.run([*shell, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return shell if able else []


def judges(told, path, number):
    """The tests that run line `number`, the quickest first. A line of a statement that goes on from one above is
    counted there; a table is used by whoever runs its file."""
    can = told["can"].get(path, [])
    lines = told["lines"].get(path, {})
    above = [line for line in can if line <= number and number - line <= 6]
    if above:
        names = lines.get(str(above[-1]), [])
    else:
        names = {name for tests in lines.values() for name in tests}
    return sorted(names, key=lambda name: (told["tests"][name], name))


def target_of(name):
    """What must be built for a test, beside the program."""
    kind, _, rest = name.partition(".")
    return {"unit": f"test_{rest}", "fuzz": f"replay_{rest}"}.get(kind)


def noticed(build, names, told, seconds, shell):
    """The test that fails; None where all pass."""
    soon = [name for name in names if told["tests"][name] <= SOON]
    for group in [soon] * bool(soon) + [[name] for name in names if name not in soon]:
        which = "^(" + "|".join(map(re.escape, group)) + ")$"
        limit = min(seconds, 10 + 4 * max(told["tests"][name] for name in group))
        whole = 30 + sum(10 + 4 * told["tests"][name] for name in group)
        if bounded([*shell, "ctest", "-j", "2", "--stop-on-failure", "--timeout", str(int(limit)), "-R", which], whole, cwd=build) != 0:
            return group[0] if len(group) == 1 else f"one of {len(group)} quick ones"
    return None


def equivalents(source):
    """{(file, line's text, what)} of those that change nothing that can be seen."""
    found = set()
    with open(f"{source}/tests/mutants/equivalent.txt") as file:
        for row in file:
            if row.strip() and not row.startswith("#"):
                path, what, text, _ = (part.strip() for part in row.split(" | "))
                found.add((path, text, what))
    return found


def candidates(tree, told, files):
    """All changes of lines that this build has: (file, number, what, new line, old line)."""
    for path in files:
        with open(f"{tree}/{path}") as file:
            text = file.read()
        lines = text.split("\n")
        if path not in told["can"]:
            continue  # not part of this build, or never run at all
        for number, what, new in plant.of_file(text):
            yield path, number, what, new, lines[number - 1]


def try_one(tree, build, change, told, seconds, shell):
    """What came of the change ("killed", "survived" or "not built"), and by which test or in spite of how many."""
    path, number, _, new, _ = change
    names = judges(told, path, number)
    if not names:
        return "survived", "no test runs it"
    with open(f"{tree}/{path}") as file:
        before = file.read()
    lines = before.split("\n")
    lines[number - 1] = new
    with open(f"{tree}/{path}", "w") as file:
        file.write("\n".join(lines))
    try:
        targets = ["reuse", *sorted(filter(None, map(target_of, names)))]
        if bounded(["make", "-j", "2", *targets], LONGEST_BUILD, cwd=build) != 0:
            return "not built", ""
        by = noticed(build, names, told, seconds, shell)
        return ("killed", by) if by else ("survived", f"{len(names)} tests run it")
    finally:
        with open(f"{tree}/{path}", "w") as file:
            file.write(before)


def main():
    o = words()
    tree, build, counting = f"{o.work}/tree", f"{o.work}/build", f"{o.work}/counting"
    os.makedirs(o.work, exist_ok=True)
    sums = copy(o.source, tree)
    saved = f"{o.work}/map.{sums[:16]}.json"
    if not os.path.exists(saved):
        print("the map of which test runs which line: some minutes, once", flush=True)
        configure(tree, counting, "-C", f"{tree}/cmake/preset/coverage.cmake")
        subprocess.run(["make", "-s", "-j", "2", "-C", counting], check=True, stdout=subprocess.DEVNULL)
        with open(saved + ".new", "w") as file:
            json.dump(coverage_map.make(counting, tree, o.seconds), file)
        os.rename(saved + ".new", saved)
    with open(saved) as file:
        told = json.load(file)
    configure(tree, build, "-DCMAKE_BUILD_TYPE=Debug")
    subprocess.run(["make", "-s", "-j", "2", "-C", build], check=True, stdout=subprocess.DEVNULL)

    files = o.files or sorted(path for path in told["can"] if ROOMS.match(path))
    known = equivalents(o.source)
    changes = list(candidates(tree, told, files))
    random.Random(o.seed).shuffle(changes)
    wanted = o.sample or len(changes)
    shell = apart()
    killed = survived = 0
    began = time.monotonic()
    for change in changes:
        if killed + survived >= wanted:
            break
        path, number, what, _, old = change
        if (path, old.strip(), what) in known:
            continue
        outcome, why = try_one(tree, build, change, told, o.seconds, shell)
        killed += outcome == "killed"
        survived += outcome == "survived"
        if outcome == "survived":
            print(f"survived {path}:{number} {what} ({why}): {old.strip()}", flush=True)
    subprocess.run(["make", "-s", "-j", "2", "-C", build], stdout=subprocess.DEVNULL)
    if killed + survived == 0:
        print("nothing to change there")
        return 1
    print(f"seed {o.seed}, {time.monotonic() - began:.0f} s, {len(changes)} changes to choose from")
    share = 100 * killed / (killed + survived)
    print(f"{killed} of {killed + survived} killed, {share:.0f} %")
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
