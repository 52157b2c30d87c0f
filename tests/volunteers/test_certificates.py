"""The code on a certificate, what stands on one, and the sheet for registries."""

import csv
import hmac
import io
from datetime import date, datetime
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grids.workbook import csv_file, xlsx_file
from tests.builders import Town
from tests.volunteers.hours_builders import after, handed_in, some_team, some_volunteer
from trail.refusals import Refused
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import confirm_hours, confirm_service, propose_service
from volunteers.certificate_codes import Claim, read_code, write_code
from volunteers.certificates import certificate_of, check_code, code_of, standing_now
from volunteers.export import COLUMNS, service_sheet
from volunteers.models import Activity, Service

CLAIMS = st.builds(
    Claim, st.integers(1, 10**12 - 1), st.integers(0, 10**9 - 1), st.dates(date(2000, 1, 1), date(2100, 1, 1))
)


def digest(text: str) -> str:
    return hmac.new(b"secret", text.encode(), "sha256").hexdigest()


class TestCodes:
    @given(CLAIMS)
    def test_what_was_written_is_read(self, claim: Claim) -> None:
        code = write_code(claim, digest)
        assert read_code(code, digest) == claim
        assert read_code(f"  {code.upper()} \n", digest) == claim

    @given(CLAIMS, CLAIMS)
    def test_a_claim_does_not_carry_the_digest_of_another(self, claim: Claim, other: Claim) -> None:
        code, mac = write_code(claim, digest), write_code(other, digest).rpartition("-")[2]
        if claim != other:
            assert read_code(f"{code.rpartition('-')[0]}-{mac}", digest) is None

    @given(CLAIMS, st.integers(0, 200), st.characters())
    def test_one_sign_changed_is_no_code(self, claim: Claim, place: int, sign: str) -> None:
        code = write_code(claim, digest)
        changed = code[: place % len(code)] + sign + code[place % len(code) + 1 :]
        assert read_code(changed, digest) in {None, claim}
        if "".join(changed.lower().split()) != code.lower():
            assert read_code(changed, digest) is None

    @given(st.text(max_size=300))
    def test_nonsense_is_no_code(self, text: str) -> None:
        assert read_code(text, digest) is None

    def test_a_day_that_is_none(self) -> None:
        said = "V1-60-20260230"
        assert read_code(f"{said}-{digest(said)}", digest) is None

    def test_another_key_another_code(self, settings: Any) -> None:
        claim = Claim(1, 60, date(2026, 3, 10))
        code = code_of(claim)
        assert check_code(code) == claim
        settings.SECRET_KEY = "another"
        assert check_code(code) is None and code_of(claim) != code


def test_what_stands_on_it_and_what_a_correction_changes(
    town: Town, django_assert_max_num_queries: Any
) -> None:
    who, secretary, now = some_volunteer(town, "one"), town.people["community_secretary"], after(town)
    (service,) = handed_in(town, who)
    before = certificate_of(who, now)
    assert (before.minutes, before.records, before.first_on) == (0, 0, None), "only what is confirmed"
    confirm_service(service, by=secretary, now=now)
    with django_assert_max_num_queries(3):
        found = certificate_of(who, now)
    assert (found.name, found.minutes, found.records, found.stars) == ("演示one", 120, 1, 0)
    assert (found.first_on, found.last_on, found.by_year) == (date(2026, 3, 11),) * 2 + ({2026: 120},)
    claim = check_code(found.code)
    assert claim == Claim(who.pk, 120, date(2026, 3, 11)) and standing_now(claim) == 120
    asked = ask_correction(service, minutes=100, reason="演示:早走", by=who.user, now=now)
    decide_correction(asked, granted=True, by=secretary, now=now)
    assert check_code(found.code) == claim and standing_now(claim) == 100


def test_what_came_to_nothing_stands_on_none(town: Town) -> None:
    who, secretary, now = some_volunteer(town), town.people["community_secretary"], after(town)
    (service,) = handed_in(town, who)
    confirm_service(service, by=secretary, now=now)
    asked = ask_correction(service, minutes=0, reason="演示:没有来", by=secretary, now=now)
    decide_correction(asked, granted=True, by=town.people["community_worker"], now=now)
    found = certificate_of(who, now)
    assert (found.minutes, found.records, found.first_on, found.by_year) == (0, 0, None, {})


def test_the_sheet(town: Town, django_assert_num_queries: Any) -> None:
    leader, who = some_volunteer(town, "leader"), some_volunteer(town, "one")
    secretary, worker, now = town.people["community_secretary"], town.people["community_worker"], after(town)
    services = handed_in(town, who, leader)
    Activity.objects.filter(pk=services[0].activity_id).update(team=some_team(town, leader), title="=演示")
    confirm_hours(services[0].activity, by=secretary, now=now)
    beside = propose_service(
        who,
        on=date(2026, 3, 12),
        minutes=50,
        what="演示:值守",
        unit=town.grid,
        by=who.user,
        now=now.replace(day=12),
    )
    left_out = propose_service(
        who,
        on=date(2026, 3, 12),
        minutes=5,
        what="演示:未确认",
        unit=town.grid,
        by=who.user,
        now=now.replace(day=12),
    )
    confirm_service(beside, by=worker, now=now)
    seen = Service.objects.visible_to(worker, now)
    with translation.override("zh-hans"), django_assert_num_queries(1):
        sheet = service_sheet(seen)
        rows = list(sheet.rows)
    assert len(rows) == 3 and str(left_out.pk) not in {str(row[-1]) for row in rows}
    assert all(len(row) == len(COLUMNS) == len(sheet.header) for row in rows)
    first, third = rows[0], rows[2]
    assert first[:4] == ["演示one", who.pk, "=演示", "演示队"] and first[8:10] == [120, 2.0]
    assert [f"{one:%H:%M}" for one in first[6:8] if isinstance(one, datetime)] == ["09:00", "11:00"]
    assert third[2:5] == ["演示:值守", "第一网格", "第一网格"] and third[6:10] == [None, None, 50, 0.83]
    read = list(csv.reader(io.StringIO(csv_file(sheet.header, rows).decode("utf-8-sig"))))
    assert read[1][2] == "'=演示"
    assert xlsx_file(sheet._replace(rows=rows)).startswith(b"PK")


def test_a_sheet_leaves_nothing_out(town: Town, monkeypatch: Any) -> None:
    """More than it holds is said, not cut off."""
    services = handed_in(town, some_volunteer(town), some_volunteer(town))
    confirm_hours(services[0].activity, by=town.people["community_secretary"], now=after(town))
    monkeypatch.setattr("volunteers.export.MOST_ROWS", 2)
    assert len(list(service_sheet(Service.objects.all()).rows)) == 2
    monkeypatch.setattr("volunteers.export.MOST_ROWS", 1)
    with pytest.raises(Refused) as caught:
        service_sheet(Service.objects.all())
    assert caught.value.code == "too_many"
