"""Runs `reuse experiment` and judges it: experiment.py MODE ARGUMENT...

Each run has a session of its own, so that what it leaves behind can be found."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import terminal

REUSE = os.environ["REUSE"]
LIMIT = 100  # seconds, of anything
TABLES = os.environ.get("REUSE_OS") != "other"  # the program asks the kernel for its tables


def fail(*words):
    sys.exit(" ".join(str(word) for word in words))


def left_running(session):
    """Processes of that session, by /proc; none where there is no /proc."""
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc/self") else []):
        try:
            with open(f"/proc/{pid}/stat", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            left.append(pid)
    return left


def held(ports):
    """Sockets that have one of the ports; a TIME_WAIT is none, it is nobody's and goes by itself."""
    found = []
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name) as file:
                lines = file.read().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) in ports and fields[3] != "06":
                found.append(line)
    return found


def ports_of(events):
    """The ports that it chose: those below the ephemeral ones."""
    found = set()
    for event in events:
        for port in re.findall(r":(\d{5})\b", event.get("text", "")):
            found.add(int(port))
    return {port for port in found if 15000 <= port < 32768}


def nothing_left(session, events):
    until = time.monotonic() + 5
    while left_running(session):
        if time.monotonic() > until:
            fail("left running:", left_running(session))
        time.sleep(0.05)
    while held(ports_of(events)):  # another test may have one now, for a moment
        if time.monotonic() > until + 10:
            fail("still held:", *held(ports_of(events)))
        time.sleep(0.05)


def read_events(lines):
    events = [json.loads(line) for line in lines if line.strip()]
    for event in events:
        if not isinstance(event.get("event"), str) or not isinstance(event.get("ts"), float):
            fail("no event, no ts:", event)
    return events


def run(words, **more):
    child = subprocess.Popen(
        [REUSE, "experiment", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, **more)
    out, err = child.communicate(timeout=LIMIT)
    return child.pid, child.returncode, out, err


# --- facts -----------------------------------------------------------------------------


class Facts:
    """The steps of one experiment: results by the text, ports taken out."""

    def __init__(self, events):
        self.steps = [(re.sub(r"\d{5}", "PORT", e["text"]), e["result"])
                      for e in events if e["event"] == "step"]

    def all(self, pattern):
        found = [result for text, result in self.steps if re.search(pattern, text)]
        if not found:
            fail("no step like", pattern, "in", self.steps)
        return found

    def need(self, pattern, *wanted):
        if self.all(pattern) != list(wanted):
            fail("steps like", pattern, "came to", self.all(pattern), "wanted", wanted)

    def number(self, pattern, low, high):
        for result in self.all(pattern):
            if not low <= float(result.split()[0]) <= high:
                fail("steps like", pattern, "came to", result, "wanted", low, "to", high)


def demo(facts, clients=2):
    """Two connections from one source."""
    facts.need(r"^client \d: bind\(", *["ok"] * clients)
    facts.need(r"^client \d: connect\(", *["ok"] * clients)
    facts.need(r"^server( \d)?: accept\(", *["ok"] * clients)
    facts.need(r"sent, and back", *["ok"] * clients)
    facts.need(r"^127\.0\.0\.1:PORT -> ", *["ESTABLISHED"] * clients)
    facts.need(r"^connections from 127\.0\.0\.1:PORT$", str(clients))


def two_addresses(facts):
    demo(facts)
    facts.need(r"^server 1: bind\(\d+, 127\.0\.0\.1:PORT\)$", "ok")
    facts.need(r"^server 2: bind\(\d+, 127\.0\.0\.2:PORT\)$", "ok")


def one_server(facts):
    demo(facts)
    facts.need(r"^server: bind\(\d+, 0\.0\.0\.0:PORT\)$", "ok")
    facts.need(r"^client 1: connect\(\d+, 127\.0\.0\.1:", "ok")
    facts.need(r"^client 2: connect\(\d+, (?!127\.0\.0\.1:)", "ok")


def two_ports(facts):
    demo(facts)
    facts.need(r"^server [12]: bind\(\d+, 127\.0\.0\.1:PORT\)$", "ok", "ok")


def same_tuple(facts):
    facts.need(r"^b connect", "EADDRNOTAVAIL", "ok", "EADDRNOTAVAIL", "ok")
    facts.need(r"^b bind", "ok", "EADDRINUSE", "ok")


def time_wait(facts):
    facts.need(r"^b bind", "EADDRINUSE", "EADDRINUSE", "ok", "ok")
    if TABLES:
        facts.need(r"server's end in TIME_WAIT", "yes", "yes", "yes", "no")
        facts.number(r"how long it still lasts", 30, 61)


def spread(facts):
    facts.need(r"^connections from ", "400", "400", "400")
    facts.number(r"with the (fewest|most)", 15, 85)
    facts.need(r"listeners that got any", "1")
    facts.need(r"SO_ATTACH_REUSEPORT_CBPF", "ok")


def handover(facts):
    lost = facts.all(r"^connections reset")
    if not 5 <= int(lost[0]) <= 60:
        fail("reset", lost)
    facts.need(r"accepted by the other two", *[str(90 - int(n)) for n in lost])
    if lost[1:] not in ([], ["0"]):
        fail("with migration", lost)


def self_connect(facts):
    facts.need(r"^a connect", "ok")
    facts.need(r"^b bind", "EADDRINUSE")
    facts.need(r"^[ac] sends hello", "hello", "hello")
    facts.need(r"^c connect", "ok")
    facts.need(r"^the server binds", "EADDRINUSE")


def simultaneous_open(facts):
    facts.need(r"^x bind", "EINPROGRESS")
    facts.need(r"^y bind", "ok")
    facts.need(r"^x, which was waiting", "ok")
    facts.need(r"^[xy] sends hello", "hello", "hello")


def punch(facts):
    facts.need(r"^b bind", "ok", "EADDRINUSE", "ok", "ok")
    facts.need(r"^b connect", "ok", "ok", "ok")
    facts.need(r"^s accept", "ok", "ok")
    facts.need(r"^e connect", "EADDRNOTAVAIL")


def wildcard(facts):
    facts.need(r"^who receives it", "v", "e", "m", "w", "v", "v")
    facts.need(r"^e bind", "EADDRINUSE", "ok")
    facts.need(r"^c4 connect", "ok", "ECONNREFUSED")


def ephemeral(facts):
    for way, two in ("bind port 0, connect", "10"), ("connect alone", "20"), ("bind NO_PORT, connect", "20"):
        facts.need(f"^{way}, to one destination$", "10")
        facts.need(f"^{way}, to two destinations$", two)
    facts.need(r"the next one: bind", "EADDRINUSE", "EADDRINUSE")
    facts.need(r"the next one: connect", *["EADDRNOTAVAIL"] * 4)


def bind_cost(facts):
    facts.number(r"SO_REUSEADDR alone$", 3, 1e6)
    facts.number(r"and SO_REUSEPORT$", 0, 3)


def backlog(facts):
    facts.need(r"none accepted yet", "3")
    if TABLES:
        facts.need(r"as the kernel counts", "3")
    facts.need(r"one more connect", "EINPROGRESS")
    facts.need(r"what was sent to it", "hello")
    facts.number(r"is connected after", 0.2, 3.5)


FACTS = [two_addresses, one_server, two_ports, same_tuple, time_wait, spread, handover,
         self_connect, simultaneous_open, punch, wildcard, ephemeral, bind_cost, backlog]


def judge(number, as_user):
    """Runs one and asserts what was observed. Prints why it was skipped, where it was."""
    more = {"user": 65534, "group": 65534, "extra_groups": []} if as_user else {}
    session, status, out, err = run([str(number), "--json"], **more)
    events = read_events(out.splitlines())
    kinds = [event["event"] for event in events]
    name = FACTS[number - 1].__name__.replace("_", "-")
    if status != 0 or err:
        fail("status", status, err, out[-2000:])
    if kinds[:2] != ["start", "experiment"] or kinds[-2:] != ["outcome", "summary"]:
        fail("events", kinds)
    if set(kinds[2:-2]) - {"step"}:
        fail("events", kinds)
    about, outcome, summary = events[1], events[-2], events[-1]
    if (about["number"], about["name"]) != (number, name) or len(about["about"]) < 100:
        fail("about", about)
    if (outcome["number"], outcome["name"]) != (number, name):
        fail("outcome", outcome)
    skipped = outcome["outcome"] == "skipped"
    if skipped:
        print("skipped:", outcome["reason"])
    elif outcome["outcome"] != "expected" or outcome["reason"] is not None:
        fail("outcome", outcome)
    sums = (summary["expected"], summary["differs"], summary["skipped"])
    if sums != ((0, 0, 1) if skipped else (1, 0, 0)):
        fail("summary", summary)
    if not skipped or number == 7:  # whose first part needs nothing
        FACTS[number - 1](Facts(events))
    nothing_left(session, events)


# --- interrupted -----------------------------------------------------------------------


def interrupt(pattern, whom, never, *words):
    """SIGINT as soon as a line like that is out: to the process, or to its group as a terminal does.
    What is `never` to be seen would only come if it went on to the end."""
    child = subprocess.Popen(
        [REUSE, "experiment", "--json", *words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    lines = []
    for line in child.stdout:
        lines.append(line)
        if re.search(pattern, line):
            break
    else:
        fail("no line like", pattern)
    began = time.monotonic()
    if whom == "group":
        os.killpg(child.pid, signal.SIGINT)
    else:
        os.kill(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=LIMIT)
    took = time.monotonic() - began
    events = read_events(lines + out.splitlines())
    if child.returncode != 130:
        fail("status", child.returncode, err)
    if err:
        fail("stderr", err)
    if events[-1]["event"] != "summary":
        fail("the last event is", events[-1])
    if any(event["event"] == "outcome" and event["outcome"] == "differs" for event in events):
        fail("it differs because it was interrupted", events)
    late = [e for e in events if e["event"] in ("step", "outcome") and re.search(never, str(e))]
    if late:
        fail("it went on:", late)
    if took > 20:
        fail("took", took, "s to end")
    nothing_left(child.pid, events)


def kill():
    """Ended at once, as by a second SIGINT: the processes that it began end for want of it."""
    child = subprocess.Popen(
        [REUSE, "experiment", "--json", "1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    for line in child.stdout:
        if "server 1: listen" in line:
            break
    child.kill()
    child.stdout.close()
    child.wait(LIMIT)
    nothing_left(child.pid, [])


# --- asked -----------------------------------------------------------------------------


def ask(words, answers):
    """On a terminal: types the next answer at each prompt. Returns status and what was shown."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb"
        os.execv(REUSE, [REUSE, "experiment", "--ask", *words])
    shown = ""
    seen = 0
    answers = list(answers)
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        if not select.select([fd], [], [], 1)[0]:
            continue
        data = terminal.read(fd)
        if not data:
            break
        shown += data.decode()
        prompt = shown.find("(enter: none): ", seen)
        if prompt >= 0:
            seen = prompt + 1
            os.write(fd, answers.pop(0).encode() if answers else b"\n")
    else:
        os.kill(pid, signal.SIGKILL)
        fail("did not end:", shown[-500:])
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    if os.WIFSIGNALED(status):
        fail("signal", os.WTERMSIG(status), shown[-500:])
    return os.WEXITSTATUS(status), shown.replace("\r\n", "\n")


def asked(mode):
    questions = len(re.findall(r"\(enter: none\)", ask(["5"], [])[1]))
    if questions != 3:
        fail("experiment 5 asks", questions, "times, wanted 3")
    if mode == "score":
        status, shown = ask(["5"], ["2\n", "2\n", "1\n"])
        if status != 0 or "Score: 3 of 3 predicted." not in shown or shown.count("Right.") != 3:
            fail(status, shown)
        status, shown = ask(["5"], ["1\n", "2\n", "\n"])
        if status != 0 or "Score: 1 of 2 predicted." not in shown or "No. It is 2" not in shown:
            fail(status, shown)
        status, shown = ask(["5"], ["7\n", "x\n", "2\n"])  # asks again
        if status != 0 or "Score: 1 of 1 predicted." not in shown:
            fail(status, shown)
    elif mode == "before":
        _, shown = ask(["5"], ["\n"])
        before = shown[:shown.index("(enter: none)")]
        for word in "EADDRINUSE", "bind 127", "minute, in TIME_WAIT", "Address already in use":
            if word in before:
                fail("revealed before it was asked:", word, before)
        for word in "minute, in TIME_WAIT", "By hand", "Address already in use":
            if word not in shown:
                fail("never says", word, shown)
    elif mode == "end":
        status, shown = ask(["5"], ["\x04"])
        if status != 0 or shown.count("(enter: none)") != 1:
            fail(status, shown)
    elif mode == "interrupt":
        status, shown = ask(["5"], ["\x03"])
        if status != 130 or "came out" in shown:
            fail(status, shown)


if __name__ == "__main__":
    mode, *arguments = sys.argv[1:]
    if mode == "judge":
        judge(int(arguments[0]), arguments[1:] == ["user"])
    elif mode == "interrupt":
        interrupt(*arguments)
    elif mode == "kill":
        kill()
    elif mode == "ask":
        asked(*arguments)
    else:
        fail("unknown mode", mode)
