"""What the program is asked to do under faults, one function a command: each starts it with a seed,
gives it real traffic, and raises Broken where a promise is not kept. Returns the faults met."""

import collections
import functools
import json
import re
import signal
import subprocess
import sys
import time

import clients
from program import Broken, Program, await_true

SIZES = [0, 1, 5, 900, 20000, 65536, 65537, 200000, 700000]
MANNERS = ["whole"] * 4 + ["slow", "reset", "leave"]
LINES = [[], ["-q"], ["--json"], ["-v"], ["-v", "--explain"], ["-D"]]
FORMS = [[], ["--json"], ["--explain"]]


# play.make(words, given) starts the program; `dice` is the seed's; `reuse` are the words that start the
# same program without faults, `honest` is the port of a server of it; `mild`: nothing happens but what passes by, so all must come
# about; `few`: ask for little, for one allocation after the other fails.
Play = collections.namedtuple("Play", "make dice reuse honest mild few")


def close(program, statuses, silent=()):
    """Its end, with one of `statuses`; with one of `silent` it need not say why."""
    status = program.end(statuses + silent)
    if status == 1 and not program.said and status not in silent:
        raise Broken("status 1 without a word")
    faults, left = program.report()
    # What ends because it cannot begin leaves its descriptors to the kernel, a worker too.
    if sum(left) and status == 0 and b"worker" not in program.said:
        raise Broken(f"{sum(left)} sockets left open at the end")
    return faults


def listen(play):
    dice = play.dice
    words = ["listen", "0", "127.0.0.1", "--drain", "3s"] + dice.choice(LINES)
    poller = dice.choice(["auto", "poll", "epoll"])
    words += ["--poller", poller]
    workers = dice.choice([0, 0, 0, 2])
    words += ["-w", str(workers)] if workers else []
    words += dice.choice([[], [], ["-m", "3"]])
    idle = dice.random() < 0.15
    words += ["--idle-timeout", "300ms"] if idle else []
    program = play.make(words)
    port = program.port()
    if port:
        before = program.descriptors()
        sizes = SIZES + [3000000] if dice.random() < 0.2 else SIZES
        several = [
            clients.Client(i, dice.choice(sizes), dice.choice(MANNERS))
            for i in range(dice.choice([1, 6] if play.few else [1, 6, 6, 40]))]
        early = dice.random() < 0.15
        if early:  # told to end while they talk
            program.tell()
        clients.run(port, several)
        most = before + (poller == "auto")  # it hands over to epoll when they are many
        settled = workers or await_true(lambda: program.descriptors() <= most, 5)
        now = program.descriptors()
        gone = program.process.poll() is not None
    program.tell()  # also where it cannot say its port
    faults = close(program, (0,) if play.mild else (0, 1))
    if not port:
        return faults
    # Once it ends, or ends the silent, what still comes is not echoed.
    whole = not (gone or idle or early or b"poll" in program.said or b"worker" in program.said)
    for client in several:
        # Where no worker can be had, the connections that are to be its own wait for it.
        if client.end is None and (b"listen: fork:" in program.said or b"listen: pipe:" in program.said):
            continue
        complaint = client.complaint(whole, whole and play.mild)
        if complaint:
            raise Broken(complaint)
    if not settled:
        raise Broken(f"{before} descriptors before, {now} after")
    if b"connections," not in program.out[-1] and b'"summary"' not in program.out[-1]:
        raise Broken(f"no summary but {program.out[-1]!r}")
    return faults


def connect(play):
    dice = play.dice
    again = dice.random() < 0.4
    words = ["connect", "127.0.0.1", "0", "127.0.0.1", str(play.honest), "-i", "0", "-c", "6", "-W", "10s"]
    words += dice.choice([[], ["hello"], ["-s", "70000"], ["-s", "1000000"]])
    words += dice.choice(LINES) + (["--reconnect"] if again else [])
    program = play.make(words)
    began = time.monotonic()
    if again and not play.mild:
        await_true(lambda: program.process.poll() is not None, 2)
        program.tell(signal.SIGINT)
    faults = close(program, (0,) if play.mild else (0, 1))
    # What came back was what it had sent: it looks at every byte itself.
    said = program.said + b"".join(program.out)
    for word in (b"came back as", b"sent more than", b"mismatch", b"surplus"):
        if word in said:
            raise Broken("an honest server is said to have sent wrong bytes")
    if play.mild and b"6 sent, 6 echoed" not in said and b'"sent":6,"echoed":6' not in said:
        raise Broken(f"6 were to be echoed, not {program.out[-1:]!r}")
    # The server answers at once, so nothing was to be waited for.
    if time.monotonic() - began > 9:
        raise Broken("waited for an echo of what it had not sent")
    return faults


TRIAL = [
    "a bind 127.0.0.1:P reuseaddr reuseport", "a listen 4", "b bind 127.0.0.1:Q reuseaddr",
    "b connect 127.0.0.1:P", "s accept a", "s name", "c connect 127.0.0.1:P", "b shutdown",
    "s close", "b close", "c reset", "d bind [::1]:R v6only", "d listen", "e connect [::1]:R",
    "t accept d", "e disconnect", "f accept a", "g listen",
]


def results(lines):
    """Results of steps as text, without what differs from trial to trial: the ports that were chosen."""
    return [re.sub(rb":\d+", b":P", line) for line in lines]


def attempt(play):
    dice = play.dice
    trials = 1 if play.few else dice.choice([1, 1, 5])
    steps = TRIAL[:5] if play.few else [step for step in TRIAL if dice.random() < 0.8]
    words, given = ["try"] + dice.choice(FORMS), b""
    if trials == 1:
        words += ["--"] + steps
    else:
        words, given = words + ["-"], "\n".join((steps + [""]) * trials).encode()
    program = play.make(words, given)
    status = program.end((0, 1, 2))
    if status == 2 and b"memory" not in program.said:
        raise Broken("status 2 for words that make sense")
    faults, left = program.report()
    if sum(left):
        raise Broken(f"{sum(left)} sockets left open at the end")
    if "--json" in words and status != 2:
        shown = len(program.events("step"))
        told = program.said or program.events("error")
        if shown != trials * len(steps) and not told:
            raise Broken(f"{shown} results of {trials * len(steps)} steps, without a word")
    elif play.mild:
        honest = subprocess.run([*play.reuse, *words], input=given, capture_output=True, check=False)
        # A close that was interrupted has closed it: close(2).
        got = [re.sub(rb"(close  )EINTR", rb"\1ok", line) for line in results(program.out)]
        for mine, its in zip(results(honest.stdout.splitlines(True)), got):
            if mine != its:
                raise Broken(f"without faults {mine!r}, with them {its!r}")
    return faults


def limits(play):
    count = play.dice.choice([20, 200, 700])
    program = play.make(["limits", "--prove", str(count)] + play.dice.choice(FORMS[:2]))
    status = program.end((0,) if play.mild else (0, 1))
    faults, left = program.report()
    if status == 1 and not program.said:
        raise Broken("status 1 without a word")
    # A crowd that is needed no more goes with its processes.
    if status == 0 and left[-1]:
        raise Broken(f"{left[-1]} sockets left open at the end")
    if status == 0 and program.json:
        proof = program.events("proof")[0]
        if proof["opened"] != count or proof["echoed"] != count:
            raise Broken(f"status 0 with {proof}")
    return faults


# What why says of this kernel and this user, where it cannot see all. (A socket that is closed while it
# looks is one without a process, too.)
REASONS = [b"this kernel lists none", b"not permitted"]



def explain(play):
    server = Program([*play.reuse, "listen", "-q", "0", "127.0.0.1"])  # that nobody connects to
    try:
        words = ["why", f"127.0.0.1:{server.port()}"] + play.dice.choice(FORMS[:2])
        true = subprocess.run([*play.reuse, *words], capture_output=True, check=False).stdout
        program = play.make(words)
        faults = close(program, (0,), (1,))
    finally:
        server.kill()
    said = b"".join(program.out)
    wrong = [reason for reason in REASONS if reason in said and reason not in true]
    if wrong:
        raise Broken(f"{wrong} is not the reason")
    # Its verdict rests on trials, not on what it could see of the holder.
    wanted = ["EADDRINUSE", "EADDRINUSE", "ok", "ok"]
    got = [probe["result"] for probe in program.events("probe")] if program.json else wanted
    if got != wanted and not set(faults) & {"socket", "setsockopt", "bind", "pipe"}:
        raise Broken(f"{got} by the four sets of options, not {wanted}")
    return faults


@functools.lru_cache
def cells(reuse):
    """What rules says without faults, by place."""
    told = subprocess.run([*reuse, "rules", "--json"], capture_output=True, check=False).stdout
    return {re.search(rb'"table".*"rule"', line)[0]: re.search(rb'"observed":"([^"]*)"', line)[1]
            for line in told.splitlines() if b'"cell"' in line}


def rules(play):
    wanted = cells(play.reuse)
    program = play.make(["rules", "--json"])
    faults = close(program, (0,) if play.mild else (0, 1), (1,))
    # Of what passes by an interrupted close is an answer: close(2); that cell is missing then.
    missing = any(b"out of time" in line or b"close EINTR" in line for line in program.out)
    if play.mild and program.process.returncode == 1 and not missing:
        raise Broken("status 1, and no cell is missing")
    for line in program.out:
        place = re.search(rb'"table".*"rule"', line)
        observed = re.search(rb'"observed":"([^"]*)"', line)
        if not place or b"out of time" in wanted[place[0]] + observed[1]:
            continue
        if observed[1].startswith(b"not measured"):
            if play.mild and observed[1] != wanted[place[0]] and b"close EINTR" not in observed[1]:
                raise Broken(f"{place[0]} {observed[1]}")
            continue
        # These may be refused with the answer that a conflict has.
        if observed[1] != wanted[place[0]] and not set(faults) & {"bind", "listen", "connect"}:
            raise Broken(f"{place[0]} {observed[1]}, without faults {wanted[place[0]]}")
    return faults


QUICK = ["1", "2", "3", "4", "6", "7", "8", "9", "10", "11", "12", "14"]


def experiment(play):
    program = play.make(["experiment", play.dice.choice(QUICK)] + play.dice.choice(FORMS[:2]))
    return close(program, (0, 1), (1,))


# A program with a refused bind and listen, a child, a thread, a connection. It ends with status 7.
FOREIGN = """
import os, socket, sys, threading
held = ("127.0.0.1", int(sys.argv[1]))
def take():
    a = socket.socket()
    a.bind(("127.0.0.1", 0))
    a.listen()
for call in (lambda s: s.bind(held), lambda s: s.connect(("127.0.0.1", 1))):
    for _ in range(2):
        s = socket.socket()
        try:
            call(s)
        except OSError:
            print("refused")
thread = threading.Thread(target=take)
thread.start()
thread.join()
pid = os.fork()
if pid == 0:
    take()
    os._exit(3)
print("child", os.waitpid(pid, 0)[1] >> 8)
try:
    s = socket.create_connection(held)
    s.sendall(b"hello")
    print(s.recv(5))
except OSError:
    print("no source")
sys.stdout.flush()
os._exit(7)
"""
FOREIGN_SAYS = b"refused\n" * 4 + b"child 3\n"


def watch(play):
    """Whatever befalls the tracer, the program is not kept from anything, or not begun."""
    dice = play.dice
    quiet, words = dice.choice([(False, []), (False, ["-v"]), (True, ["-q"]), (False, ["--json-fd", "2"])])
    asked = dice.choice([[], ["--set", "reuseaddr"], ["--source", "127.0.0.1:0"]])
    program = play.make(["run", *words, *asked, sys.executable, "-c", FOREIGN, str(play.honest)])
    status = program.end((7,) if play.mild else (7, 1))
    if any(thread.is_alive() for thread in program.threads):
        raise Broken("its output stays open")
    faults, _ = program.report()
    said = b"".join(program.out)
    ends = [b"b'hello'\n"] + ([b"no source\n"] if "--source" in asked and not play.mild else [])
    if said not in ([FOREIGN_SAYS + end for end in ends] if status == 7 else [b""]):
        raise Broken(f"the program says {said!r} and ends with {status}")
    if status == 1 and not program.said:
        raise Broken("status 1 without a word")
    if "--json-fd" in words:
        for line in program.said.splitlines():
            if line.startswith(b"{"):
                json.loads(line)
    elif play.mild:
        for line in (b"] bind(3, 127.0.0.1:%d) = -1 EADDRINUSE" % play.honest, b"is in use: reuse[", b"= -1 ECONNREFUSED"):
            if line not in program.said:
                raise Broken(f"no line with {line!r}")
        if not quiet and program.said.count(b"] bind(") != 4:
            raise Broken("not four lines of bind")
    return faults


def known(names):
    """The scenes of the commands that there are; listen comes most often."""
    scenes = {listen: "listen", connect: "connect", attempt: "try", limits: "limits",
              explain: "why", rules: "rules", experiment: "experiment", watch: "run"}
    return [listen] + [scene for scene, name in scenes.items() if name in names]
