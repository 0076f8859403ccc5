"""What `reuse listen` is meant to reach, held against what was measured."""

import functools


def _versus(results, server, work, others):
    """A server divided by the best of `others`, and that one's name."""
    ratios = [(results.ratio(work, server, other), other) for other in others]
    ratios = [pair for pair in ratios if pair[0] is not None]
    return min(ratios) if ratios else (None, "")


def _goals(results, server, peers):
    """(what, goal, value, name of the work whose noise counts or None, more is better)"""
    versus = functools.partial(_versus, results, server)
    best = functools.partial(results.best, server=server)
    floor = ["epoll floor"]
    names = [peer.name for peer in peers]
    forking = [peer.name for peer in peers if peer.forks]
    for work, title in (("rr1", "1 connection"), ("rr50", "50"), ("rr1000", "1000")):
        value, _ = versus(work, floor)
        yield f"64 bytes, {title}: to the epoll floor", 0.95, value, work, True
    for work, title in (("rr50", "50"), ("rr1000", "1000")):
        value, name = versus(work, names)
        yield f"64 bytes, {title}: to the best peer ({name})", 1, value, work, True
    value = results.beside("idle10000", server)
    yield "beside 10,000 idle: to itself with none", 0.9, value, "idle10000", True
    value, name = versus("bulk", ["epoll floor", "thread floor"])
    yield f"bulk: to the faster baseline ({name})", 0.95, value, "bulk", True
    value, name = versus("bulk", names)
    yield f"bulk: to the best peer ({name})", 0.95, value, "bulk", True
    value, _ = versus("cycle", floor)
    yield "cycles: to the epoll floor", 0.95, value, "cycle", True
    value, name = versus("cycle", forking)
    yield f"cycles: to the best peer that forks ({name})", 10, value, "cycle", True
    yield "fairness at 50", 0.8, best("fair"), None, True
    yield "private memory, each of 10,000 idle, bytes", 128, best("each"), None, False
    yield "private memory, empty, KB", 512, best("empty"), None, False
    yield "start to first accept, ms", 3, best("start"), None, False


def _verdict(value, goal, noise, more):
    if value >= goal if more else value <= goal:
        return "reached"
    # Noise is a part of the ratio, not of one.
    if more and noise and value >= goal * (1 - noise):
        return "within the noise"
    return "MISSED"


def rows(results, peers):
    """A row of strings for each goal that was measured, and what the epoll floor makes of it."""
    lines = []
    pairs = zip(_goals(results, "reuse", peers), _goals(results, "epoll floor", peers))
    for (what, goal, value, work, more), (_, _, floor, _, _) in pairs:
        if value is None:
            continue
        noise = results.noise(work)[0] if work else None
        lines.append([
            what,
            f"{goal:g}" if more else f"at most {goal:g}",
            f"{value:.2f}",
            f"{floor:.2f}" if floor is not None else "-",
            f"{noise:.0%}" if noise is not None else "-",
            _verdict(value, goal, noise, more),
        ])
    return lines
