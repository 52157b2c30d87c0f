"""Filters of one's own, kept in several tabs at the same moment."""

from collections.abc import Callable, Iterator

import pytest

from desk.actions import save_filter
from desk.models import SavedFilter
from desk.tables import ISSUE_LIST
from grids.standing import forget_standings
from tests.api.test_parallel import at_once
from tests.builders import Town
from tests.towns import put_town
from trail.refusals import Refused


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Town]:
    yield put_town()
    forget_standings()


def test_they_do_not_pass_the_bound(committed: Town) -> None:
    mine = {"by": committed.people["street_dispatcher"], "now": committed.now, "query": "due=late"}
    for number in range(28):
        save_filter(ISSUE_LIST, name=f"n{number}", **mine)

    def save(number: int) -> Callable[[], bool]:
        def act() -> bool:
            try:
                return bool(save_filter(ISSUE_LIST, name=f"at once {number}", **mine))
            except Refused:
                return False

        return act

    assert sorted(at_once([save(number) for number in range(4)])) == [False, False, True, True]
    assert SavedFilter.objects.count() == 30
