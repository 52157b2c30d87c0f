"""The loop that every tick does its work by."""

from collections.abc import Iterator

import pytest

from trail.tasks import repeat


@pytest.mark.parametrize("last", [False, None])
def test_it_goes_on_while_there_is_more_and_says_what_the_last_step_said(last: bool | None) -> None:
    answers: Iterator[bool | None] = iter([True, True, last, True])
    assert repeat(lambda: next(answers)) is last
    assert next(answers) is True, "it has not asked again"


def test_it_ends_when_it_has_had_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[bool] = []

    def more() -> bool:
        steps.append(True)
        return True

    assert repeat(more, seconds=0) is True and len(steps) == 1
    monkeypatch.setattr("trail.tasks.MOST_SECONDS", 0)
    assert repeat(more) is True and len(steps) == 2
