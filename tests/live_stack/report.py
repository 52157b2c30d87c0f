"""What a fire came to, in figures for a reader."""

from collections import Counter

from tests.live_stack.fire import Fire
from tests.live_stack.ledger import Ledger


def summary(fire: Fire, ledger: Ledger) -> str:
    """Kills, writes and how late rungs fired, phase by phase."""
    statuses = Counter(one.status or "no answer" for write in ledger.writes for one in write.answers)
    lines = [
        f"seed {fire.plan.seed}; killed: "
        + ", ".join(f"{name} {n}" for name, n in sorted(fire.killed.items())),
        f"{len(ledger.lives)} issues, {len(ledger.writes)} writes, answers: "
        + ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items(), key=str)),
        f"messages: {len(fire.receiver.heard)}, received {sum(map(len, fire.receiver.heard.values()))} times",
        *late_lines(fire, ledger),
    ]
    return "\n".join(lines)


def late_lines(fire: Fire, ledger: Ledger) -> list[str]:
    """A row per phase: rungs that came due in it, and how late they fired."""
    rows = []
    for name, (since, until) in fire.phases.items():
        late = ledger.lateness(since, until)
        if late:
            shown = "  ".join(f"{word} {_at(late, share):6.2f} s" for word, share in SHARES.items())
            rows.append(f"{name:<11}{until - since:6.0f} s {len(late):>7} rungs due, late by: {shown}")
    return rows


SHARES = {"p50": 0.5, "p99": 0.99, "most": 1.0}


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
