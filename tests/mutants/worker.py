"""A place to plant changes in: a copy of the tree, its build and its counting build, and tests that run apart from all else."""

import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess

LONGEST_BUILD = 240  # seconds
SOON = 1.0           # seconds: tests as quick as that run together
TOGETHER = 8         # so many of them


running = set()      # what `bounded` has begun, so that it can be ended


def end(child):
    """Ends the session of it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def bounded(argv, seconds, **more):
    """Runs it in a session of its own, which ends with it, with bounds on what a change may let it use. Returns
    its status; None where the time was over."""
    def limits():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    child = subprocess.Popen(argv, preexec_fn=limits, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, **more)
    running.add(child)
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end(child)
        child.wait()
        running.discard(child)


def apart(own_network):
    """What keeps the processes of a run to it, and its ports, where this user may."""
    # The shell stays, as the first process there: it takes in the orphans.
    flags, begin = ("-npf", "ip link set lo up && ") if own_network else ("-pf", "")
    shell = ["unshare", flags, "--mount-proc", "--kill-child", "sh", "-c", begin + '"$@"; exit $?', "sh"]
    able = shutil.which("unshare") and subprocess.run([*shell, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return shell if able else []


def source_files(source):
    """The files of the source, as git knows them."""
    told = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=source, capture_output=True, check=True)
    return sorted(n for n in told.stdout.decode().split("\0") if n and os.path.isfile(f"{source}/{n}"))


def hash_of(source, names):
    sums = hashlib.sha256()
    for name in names:
        with open(f"{source}/{name}", "rb") as file:
            sums.update(name.encode() + b"\0" + file.read())
    return sums.hexdigest()[:16]


def configure(tree, build, *more):
    # No compiler cache: a planted change is compiled once. Ninja sees in a moment what that touches.
    begun = os.path.exists(f"{build}/CMakeCache.txt")
    ninja = ["-G", "Ninja"] if shutil.which("ninja") and not begun else []
    subprocess.run(["cmake", *ninja, *more, "-DCMAKE_C_COMPILER_LAUNCHER=", "-S", tree, "-B", build], check=True,
                   stdout=subprocess.DEVNULL)


def make(build, targets=()):
    argv = ["cmake", "--build", build, "-j", "2", *(["--target", *targets] if targets else [])]
    return bounded(argv, LONGEST_BUILD if targets else 900) == 0


def target_of(name):
    """What must be built for a test, beside the program."""
    kind, _, rest = name.partition(".")
    return {"unit": f"test_{rest}", "fuzz": f"replay_{rest}", "fault": "faulty"}.get(kind)


class Worker:
    def __init__(self, work, number, own_network):
        self.tree, self.build, self.counting = (f"{work}/{part}.{number}" for part in ("tree", "build", "counting"))
        self.shell = apart(own_network)

    def copy(self, source):
        """Makes the tree what the source is; unchanged files keep their time."""
        names = source_files(source)
        for name in names:
            to = f"{self.tree}/{name}"
            os.makedirs(os.path.dirname(to), exist_ok=True)
            with open(f"{source}/{name}", "rb") as file:
                text = file.read()
            if not os.path.exists(to) or open(to, "rb").read() != text:
                shutil.copy(f"{source}/{name}", to)
        for folder, _, files in os.walk(self.tree):
            for file in files:
                if os.path.relpath(os.path.join(folder, file), self.tree) not in names:
                    os.unlink(os.path.join(folder, file))

    def ready_to_plant(self):
        # Optimized and without debug information: changes that come to the same are the same program, and links are short.
        configure(self.tree, self.build, "-DCMAKE_BUILD_TYPE=", "-DCMAKE_C_FLAGS=-O1")
        done = make(self.build)
        self.plain = self.program()
        return done

    def program(self):
        with open(f"{self.build}/reuse", "rb") as file:
            return hashlib.sha256(file.read()).digest()

    def ready_to_count(self):
        configure(self.tree, self.counting, "-C", f"{self.tree}/cmake/preset/coverage.cmake")
        return make(self.counting)

    def tests(self, build, names, each, whole):
        """Status of ctest for these tests, `each` seconds at most for one and `whole` for all; None where it was over. One
        that fails is run once more: a machine under load is no change."""
        which = "^(" + "|".join(map(re.escape, names)) + ")$"
        return bounded([*self.shell, "ctest", "-j", "2", "--stop-on-failure", "--repeat", "until-pass:2",
                        "--timeout", str(int(each)), "-R", which], 2 * whole, cwd=build)

    def noticed(self, names, covered, seconds, budget):
        """(The test that fails, or None where all pass; those that passed). Each is built when its turn comes. They end
        where it would be more than `budget` seconds of tests, as the map has them (0: no limit)."""
        def limit(name):
            return min(seconds, 10 + 4 * covered.seconds(name))
        soon = [name for name in names if covered.seconds(name) <= SOON]
        groups = [soon[at:at + TOGETHER] for at in range(0, len(soon), TOGETHER)]
        groups += [[name] for name in names if name not in soon]
        passed, spent = [], 0
        for group in groups:
            spent += sum(map(covered.seconds, group))
            if passed and budget and spent > budget:
                break
            targets = sorted(filter(None, map(target_of, group)))
            if targets and not make(self.build, targets):
                raise SystemExit(f"{' '.join(targets)} cannot be built")
            if self.tests(self.build, group, max(map(limit, group)), 10 + sum(map(limit, group))) != 0:
                return group[0] if len(group) == 1 else f"one of {len(group)} quick ones", passed
            passed += group
        return None, passed

    def try_one(self, change, covered, seconds, budget, passed):
        """What came of the change ("killed", "survived" or "not built"), by which test or in spite of how many, and
        the tests that passed: {name: hash}. Those that `passed` already are not run again."""
        path, number, _, new, _ = change
        with open(f"{self.tree}/{path}") as file:
            before = file.read()
        lines = before.split("\n")
        judges = covered.judges(path, number, lines)
        hashes = {name: covered.hash(name) for name in judges}
        names = [name for name in judges if passed.get(name) != hashes[name]]
        if not names:
            return "survived", f"{len(judges)} tests run it" if judges else "no test runs it", hashes
        lines[number - 1] = new
        with open(f"{self.tree}/{path}", "w") as file:
            file.write("\n".join(lines))
        try:
            if not make(self.build, ["reuse"]):
                return "not built", "", {}
            if self.program() == self.plain:
                return "not built", "", {}  # left out here by the preprocessor, or the same code
            by, withstood = self.noticed(names, covered, seconds, budget)
            if by:
                return "killed", by, {}
            met = {name: hashes[name] for name in judges if name in withstood or name not in names}
            return "survived", f"{len(met)} of {len(judges)} tests that run it were asked", met
        finally:
            with open(f"{self.tree}/{path}", "w") as file:
                file.write(before)
