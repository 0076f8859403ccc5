"""What the program is asked to do under faults, one function a command: each starts it with a seed,
gives it real traffic, and raises Broken where a promise is not kept. Returns the faults met."""

import collections
import json
import signal
import time

import clients
from program import Broken, await_true

SIZES = [0, 1, 5, 900, 20000, 65536, 65537, 200000, 700000]
MANNERS = ["whole"] * 4 + ["slow", "reset", "leave"]
LINES = [[], ["-q"], ["--json"], ["-v"], ["-v", "--explain"], ["-D"]]


# play.make(words, given) starts the program; `dice` is the seed's; `honest` the port of a server without
# faults; `few`: ask for little, for only the first calls fail.
Play = collections.namedtuple("Play", "make dice honest few")


def close(program, statuses, silent=()):
    """Its end, with one of `statuses`; with one of `silent` it need not say why."""
    status = program.end(statuses + silent)
    if status == 1 and not program.said and status not in silent:
        raise Broken("status 1 without a word")
    faults, left = program.report()
    # What ends because it cannot begin leaves its descriptors to the kernel, a worker too.
    if left and status == 0 and b"worker" not in program.said:
        raise Broken(f"{left} sockets left open at the end")
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
            for i in range(dice.choice([1, 6, 6, 40]))]
        early = dice.random() < 0.15
        if early:  # told to end while they talk
            program.tell()
        clients.run(port, several)
        most = before + (poller == "auto")  # it hands over to epoll when they are many
        settled = workers or await_true(lambda: program.descriptors() <= most, 5)
        now = program.descriptors()
        gone = program.process.poll() is not None
    program.tell()  # also where it cannot say its port
    faults = close(program, (0, 1))
    if not port:
        return faults
    # Once it ends, or ends the silent, what still comes is not echoed.
    whole = not (gone or idle or early or b"poll" in program.said or b"worker" in program.said)
    for client in several:
        complaint = client.complaint(whole)
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
    if again:
        await_true(lambda: program.process.poll() is not None, 2)
        program.tell(signal.SIGINT)
    faults = close(program, (0, 1))
    # What came back was what it had sent: it looks at every byte itself.
    said = program.said + b"".join(program.out)
    for word in (b"came back as", b"sent more than", b"mismatch", b"surplus"):
        if word in said:
            raise Broken("an honest server is said to have sent wrong bytes")
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


def attempt(play):
    dice = play.dice
    trials = dice.choice([1, 1, 5])
    steps = TRIAL[:2] if play.few else [step for step in TRIAL if dice.random() < 0.8]
    words = ["try"] + dice.choice([[], ["--json"], ["--explain"]])
    if trials == 1:
        program = play.make(words + ["--"] + steps)
    else:
        program = play.make(words + ["-"], "\n".join((steps + [""]) * trials).encode())
    status = program.end((0, 1, 2))
    if status == 2 and b"memory" not in program.said:
        raise Broken("status 2 for words that make sense")
    faults, left = program.report()
    if left:
        raise Broken(f"{left} sockets left open at the end")
    if "--json" in words and status != 2:
        shown = sum(json.loads(line)["event"] == "step" for line in program.out)
        told = program.said or b"error" in b"".join(program.out)
        if shown != trials * len(steps) and not told:
            raise Broken(f"{shown} results of {trials * len(steps)} steps, without a word")
    return faults


def limits(play):
    words = ["limits", "--prove", play.dice.choice(["20", "200", "700"])]
    return close(play.make(words + play.dice.choice([[], ["--json"]])), (0, 1))


def explain(play):
    words = ["why", f"127.0.0.1:{play.honest}"]
    return close(play.make(words + play.dice.choice([[], ["--json"]])), (0,), (1,))


def known(names):
    """The scenes of the commands that there are; listen comes most often."""
    scenes = [listen, connect, listen, attempt]
    scenes += [limits] if "limits" in names else []
    scenes += [explain] if "why" in names else []
    return scenes
