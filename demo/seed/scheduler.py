"""Tells many stories at once in the order of time. A story is a generator: it yields the moment of its next
step and is sent that moment when it has come. What lies after the end stays untold: so things stand."""

import heapq
from collections.abc import Callable, Generator, Iterable
from datetime import datetime, timedelta

from trail.refusals import Refused

Story = Generator[datetime, datetime, None]
# How often deadlines are swept between steps, each at its own moment; an action fires those of its issue itself.
SWEEP_EVERY = timedelta(hours=2)


class Scheduler:
    """Runs stories from the first moment asked for up to and including `end`.

    `pass_time(moment)` is called before the steps of the next hours, and once at the end.
    """

    def __init__(self, end: datetime, pass_time: Callable[[datetime], None]) -> None:
        self.end, self.pass_time = end, pass_time
        self.queue: list[tuple[datetime, int, str, Story]] = []
        self.count = 0
        self.refused: list[str] = []

    def add(self, name: str, story: Story) -> None:
        """Take on a story; its first yield says when it begins."""
        self.count += 1
        heapq.heappush(self.queue, (next(story), self.count, name, story))

    def run(self, told: Callable[[], None] = lambda: None) -> None:
        """Tell everything that lies before the end; `told` is called as each story ends or is left open."""
        swept = self.queue[0][0] if self.queue else self.end
        while self.queue:
            at, number, name, story = heapq.heappop(self.queue)
            if at > self.end:
                story.close()
                told()
                continue
            if at - swept >= SWEEP_EVERY:
                self.pass_time(at)
                swept = at
            later = self._step(name, story, at)
            if later is None:
                told()
            else:
                heapq.heappush(self.queue, (max(later, at), number, name, story))
        self.pass_time(self.end)

    def _step(self, name: str, story: Story, at: datetime) -> datetime | None:
        """One step; None when the story is over. What the rules refuse ends a story, and is counted."""
        try:
            return story.send(at)
        except StopIteration:
            return None
        except Refused as refused:
            self.refused.append(f"{name} {at:%m-%d %H:%M} {refused.code}: {refused}")
            return None


def side_by_side(stories: Iterable[Generator[datetime, datetime, object]]) -> Story:
    """Several as one: each goes on at its own moments, and none waits for another to end."""
    waiting: list[tuple[datetime, int, Generator[datetime, datetime, object]]] = []
    for number, story in enumerate(stories):
        if (at := next(story, None)) is not None:
            heapq.heappush(waiting, (at, number, story))
    while waiting:
        at, number, story = heapq.heappop(waiting)
        now = yield at
        try:
            heapq.heappush(waiting, (max(story.send(now), now), number, story))
        except StopIteration:
            continue
