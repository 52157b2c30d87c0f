"""A moment may be sent in any zone, also in one that PostgreSQL does not read."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from grids.api.filters import MomentFilter
from tests.architecture.house import FLOORS
from trail.moments import MomentField

ROOT = Path(__file__).resolve().parent.parent.parent
FIELDS = {"form": MomentField(required=False), "filter": MomentFilter().field}
FAR = "2026-03-10T08:30:00+19:37"


@pytest.mark.parametrize("name", FIELDS)
class TestMoments:
    def test_the_database_understands_it(self, db: None, name: str) -> None:
        moment = FIELDS[name].clean(FAR)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz", [moment])
            assert cursor.fetchone()[0] == moment == datetime.fromisoformat(FAR)

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+19:37", "9999-12-31T23:59:59-05:00", "yesterday"])
    def test_what_no_calendar_has_is_wrong_input(self, name: str, text: str) -> None:
        with pytest.raises(ValidationError) as refused:
            FIELDS[name].clean(text)
        assert [error.code for error in refused.value.error_list] == ["invalid"]

    def test_without_a_zone_it_is_ours(self, name: str) -> None:
        assert FIELDS[name].clean("2026-03-10T08:30").isoformat() == "2026-03-10T08:30:00+08:00"

    def test_nothing_is_nothing(self, name: str) -> None:
        assert FIELDS[name].clean("") is None


def test_no_form_and_no_filter_takes_another_field() -> None:
    other = re.compile(r"\b(forms\.DateTimeField|filters\.IsoDateTimeFilter)\(")
    sources = [path for app in FLOORS for path in (ROOT / app).rglob("*.py")]
    assert not [path for path in sources if other.search(path.read_text())]
