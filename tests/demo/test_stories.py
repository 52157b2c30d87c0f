"""What the stories of the demo rely on: two matters side by side, and what falls due while the demo is seeded."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from demo.seed import segments
from demo.seed.past import catch_up
from demo.seed.scheduler import Scheduler, side_by_side
from issues.models import Deadline, Issue
from tests.towns import put_town
from trail.models import Event

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
Moments = Generator[datetime, datetime, None]


def test_two_matters_go_on_side_by_side() -> None:
    """Neither waits for the other to end: its clocks would have run out by then."""
    seen: list[tuple[str, int]] = []

    def matter(name: str, hours: tuple[int, ...]) -> Moments:
        for hour in hours:
            now = yield START + timedelta(hours=hour)
            seen.append((name, (now - START) // timedelta(hours=1)))

    def story() -> Moments:
        yield START
        nothing: Moments = (moment for moment in ())
        yield from side_by_side([matter("long", (1, 20, 40)), nothing, matter("short", (2, 3))])
        seen.append(("over", 0))

    scheduler = Scheduler(START + timedelta(days=9), lambda moment: None)
    scheduler.add("both", story())
    scheduler.run()
    assert seen == [("long", 1), ("short", 2), ("short", 3), ("long", 20), ("long", 40), ("over", 0)]


def test_what_the_check_on_the_spot_has_ended_is_rated_by_nobody() -> None:
    issue = SimpleNamespace(state="resolved", waits_for_check=True, is_danger=False)

    def do(verb: str, now: datetime, **_inputs: Any) -> None:
        assert verb == "verify"
        issue.state = "closed"

    scene: Any = SimpleNamespace(
        issue=issue,
        rng=Random(1),
        is_told=True,
        office=lambda now, _least, _most: now + timedelta(hours=1),
        do=do,
        checker=lambda now: None,
    )
    stretch = segments.rated(scene, START, "good")
    now = next(stretch)
    with pytest.raises(StopIteration) as ended:
        stretch.send(now)
    assert ended.value.value == now


@pytest.mark.django_db
def test_what_has_become_due_meanwhile_is_swept_at_its_own_moment() -> None:
    town = put_town()
    issues = [town.report(), town.report("noise", place=town.far_building)]
    now = town.now + timedelta(days=4)
    assert Deadline.objects.due(now).exists()
    catch_up(now)
    assert not Deadline.objects.due(now).exists()
    fired = Deadline.objects.exclude(fired_at=None)
    assert fired.count() > 2 and all(row.fired_at == row.due_at for row in fired)
    told = Event.objects.filter(subject_type="issue", subject_id__in=[issue.pk for issue in issues])
    assert told.filter(verb="climb").exists() and Issue.objects.open().count() == 2
