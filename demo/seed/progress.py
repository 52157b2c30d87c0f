"""What the seed says while it works: bars where somebody watches, plain lines else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

LINE_EVERY = 5.0


class Bar:
    """How much of a step is done. On a terminal a bar; else a line every few seconds; quiet, nothing."""

    def __init__(self, label: str, total: int, *, watched: bool, quiet: bool) -> None:
        self.label, self.total, self.done, self.quiet = label, total, 0, quiet
        self.said = time.monotonic()
        self.bar = tqdm(total=total, desc=f"    {label}", leave=False, file=sys.stderr) if watched else None

    def to(self, done: int) -> None:
        """So much is done by now."""
        if self.bar is not None:
            self.bar.update(done - self.done)
        elif not self.quiet and time.monotonic() - self.said > LINE_EVERY:
            self.said = time.monotonic()
            print(f"    {self.label} {done}/{self.total}", file=sys.stderr, flush=True)
        self.done = done

    def close(self) -> None:
        """Leave no bar behind."""
        if self.bar is not None:
            self.bar.close()


class Progress:
    """Says each step with its seconds, and keeps them for the report."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.watched = sys.stderr.isatty() and not quiet
        self.seconds: dict[str, float] = {}

    def say(self, line: str) -> None:
        """One line."""
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    @contextmanager
    def step(self, label: str, total: int = 0) -> Iterator[Callable[[int, int], None]]:
        """Do one step; call what it yields with (done, total) to move its bar."""
        began = time.monotonic()
        bar = Bar(label, total, watched=self.watched, quiet=self.quiet)
        try:
            yield lambda done, _total: bar.to(done)
        finally:
            bar.close()
        self.seconds[label] = round(time.monotonic() - began, 1)
        self.say(f"    ✓ {label}  {self.seconds[label]:.1f} s")
