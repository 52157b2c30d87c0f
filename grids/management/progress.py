"""A progress bar for commands."""

from collections.abc import Callable
from typing import TextIO

WIDTH = 30


def bar(stream: TextIO) -> Callable[[int, int], None]:
    """A function to call with (done, total); draws on a terminal, stays silent elsewhere."""

    def draw(done: int, total: int) -> None:
        if not stream.isatty() or not total:
            return
        full = WIDTH * done // total
        end = "\n" if done >= total else ""
        stream.write(f"\r[{'█' * full}{'·' * (WIDTH - full)}] {done:,}/{total:,}{end}")
        stream.flush()

    return draw
