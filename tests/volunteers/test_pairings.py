"""Responsibility pairing: who answers where, the five duties, and where nobody or two of a level do."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grids.actions.tree import merge_units
from notices.actions import fan_out_once
from tests.builders import LONG_AGO, Town
from tests.towns import put_town
from tests.volunteers.wishes_builders import code_of, organisation, volunteer
from trail.models import Event
from trail.refusals import NotAllowed, Stale
from volunteers.actions.pairings import duty_stamp, end_pairing, note_duty, pair_place, take_back_duty
from volunteers.joining import DUTIES, PAIRING_LEVELS, place_of
from volunteers.models import DutyDone, Pairing
from volunteers.pairing_querysets import buildings_by_community, gaps, gaps_by_community
from volunteers.per_unit import pairings_per_unit

TODAY = date(2026, 3, 10)
PLACES = (
    "community",
    "grid",
    "building",
    "other_grid",
    "other_building",
    "far_community",
    "far_grid",
    "far_building",
)
BUILDINGS = ("building", "other_building", "far_building")


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


def paired(
    town: Town, unit: Any = None, *, level: int = 3, by: str = "district_dispatcher", **more: Any
) -> Pairing:
    who = {} if "organisation" in more else {"official": town.person("cadre")}
    return pair_place(unit or town.building, level=level, by=town.people[by], now=town.now, **(who | more))


class TestPairing:
    def test_an_official_or_an_organisation_with_a_place(self, town) -> None:
        one = paired(town, town.grid, by="community_worker", organisation=organisation(town))
        assert (one.starts_on, one.ends_on, one.building_id) == (TODAY, None, None)
        assert place_of({name: getattr(one, name) for name in town.grid.lineage()}) == (
            "grid_id",
            town.grid.pk,
        )
        event = Event.objects.about("pairing", one.pk).get()
        assert event.data == {"organisation": one.organisation_id, "level": 3, "from": "2026-03-10"}
        for name in ("far_secretary", "grid_worker", "supervisor", "system_admin"):
            with pytest.raises(NotAllowed):
                paired(town, by=name)

    def test_what_is_wrong_is_said(self, town) -> None:
        firm = organisation(town)
        assert code_of(paired, town, level=5) == "level"
        assert code_of(paired, town, town.street) == "place"
        assert code_of(paired, town, official=None) == "who"
        assert code_of(paired, town, organisation=firm, official=town.person("cadre")) == "who"
        assert code_of(paired, town, ends_on=TODAY) == "period"
        type(firm).objects.filter(pk=firm.pk).update(closed_at=town.now)
        firm.refresh_from_db()
        assert code_of(paired, town, organisation=firm) == "closed"

    def test_it_ends_and_one_to_come_never_begins(self, town) -> None:
        worker = town.people["community_worker"]
        now, to_come = paired(town), paired(town, starts_on=TODAY + timedelta(days=5))
        assert end_pairing(now, by=worker, now=town.now).ends_on == TODAY
        assert end_pairing(to_come, by=worker, now=town.now).ends_on == to_come.starts_on
        for days in range(10):
            assert not Pairing.objects.in_force(TODAY + timedelta(days=days)).exists()
        assert code_of(end_pairing, now, by=worker, now=town.now) == "ended"
        with pytest.raises(NotAllowed):
            end_pairing(paired(town), by=town.person("cadre"), now=town.now)

    def test_who_reads_it(self, town) -> None:
        own, firms = (
            paired(town),
            paired(town, organisation=organisation(town, speaker=town.person("speaker"))),
        )
        readers = {
            "grid_worker",
            "community_worker",
            "street_dispatcher",
            "district_dispatcher",
            "supervisor",
        }
        for name in ("far_secretary", "far_worker", "other_worker", "spotter", "office_officer", *readers):
            found = set(Pairing.objects.visible_to(town.people[name], town.now))
            assert found == ({own, firms} if name in readers else set()), name
        assert set(Pairing.objects.visible_to(town.person("cadre"), town.now)) == {own}
        assert set(Pairing.objects.visible_to(town.person("speaker"), town.now)) == {firms}


class TestDuties:
    def test_noted_corrected_and_taken_back(self, town) -> None:
        one, cadre = paired(town), town.person("cadre")
        note_duty(one, "firm", done_on=TODAY, by=cadre, now=town.now, note=" 演示:合同 ")
        row = note_duty(one, "firm", done_on=TODAY - timedelta(days=1), by=cadre, now=town.now)
        assert (DutyDone.objects.get(), row.done_on, row.note) == (row, TODAY - timedelta(days=1), "")
        take_back_duty(one, "firm", by=town.people["community_worker"], now=town.now)
        assert not DutyDone.objects.exists()
        assert code_of(take_back_duty, one, "firm", by=cadre, now=town.now) == "duty"
        found = Event.objects.about("pairing", one.pk).order_by("seq").values_list("verb", flat=True)
        assert list(found) == ["pair", "duty_done", "duty_done", "duty_open"]
        assert "演示" not in str(list(Event.objects.about("pairing", one.pk).values_list("data", flat=True)))

    def test_nobody_writes_over_what_somebody_else_noted_meanwhile(self, town) -> None:
        """A form may have waited on a phone for days."""
        one, cadre, worker = paired(town), town.person("cadre"), town.people["community_worker"]
        note_duty(one, "firm", done_on=TODAY, by=cadre, now=town.now, note="演示:合同", seen="")
        with pytest.raises(Stale):
            note_duty(one, "firm", done_on=TODAY, by=worker, now=town.now, seen="")
        # One's own later form is a correction.
        note_duty(one, "firm", done_on=TODAY, by=cadre, now=town.now, note="演示:合同十二", seen="")
        seen, later = duty_stamp(one.duties.get()), town.now + timedelta(hours=1)
        row = note_duty(one, "firm", done_on=TODAY, by=worker, now=later, note="演示:台账", seen=seen)
        assert DutyDone.objects.get() == row and row.note == "演示:台账"
        # Taken back meanwhile, it is not done again by whoever saw it done.
        take_back_duty(one, "firm", by=worker, now=later)
        with pytest.raises(Stale):
            note_duty(one, "firm", done_on=TODAY, by=cadre, now=later, seen=seen)

    def test_the_five_of_the_source(self, town) -> None:
        one, cadre = paired(town), town.person("cadre")
        assert [word.key for word in DUTIES] == ["committee", "firm", "standard", "fee", "routine"]
        for word in DUTIES:
            note_duty(one, word.key, done_on=TODAY, by=cadre, now=town.now)
        assert Pairing.objects.within(town.district).duties_by_community() == {
            town.community.pk: Counter({word.key: 1 for word in DUTIES})
        }
        tomorrow = TODAY + timedelta(days=1)
        assert code_of(note_duty, one, "firm", done_on=tomorrow, by=cadre, now=town.now) == "done_on"
        assert code_of(note_duty, one, "x", done_on=TODAY, by=cadre, now=town.now) == "duty"

    def test_only_by_whoever_answers_or_runs_it(self, town) -> None:
        one = paired(town)
        for name in ("far_secretary", "grid_worker", "supervisor", "spotter"):
            with pytest.raises(NotAllowed):
                note_duty(one, "fee", done_on=TODAY, by=town.people[name], now=town.now)


class TestGapsAndOverlaps:
    def test_a_grids_pairing_covers_its_buildings(self, town) -> None:
        paired(town, town.grid, level=1)
        paired(town, town.far_building, level=1)
        assert list(gaps(town.district, 1, TODAY)) == [town.other_building]
        assert list(gaps(town.street, 1, TODAY)) == [town.other_building]
        assert list(gaps(town.other_street, 1, TODAY)) == []
        assert gaps(town.district, 2, TODAY).count() == 3
        assert gaps_by_community(town.district, TODAY)[town.community.pk] == {1: 1, 2: 2, 3: 2, 4: 2}
        assert buildings_by_community(town.district) == {town.community.pk: 2, town.far_community.pk: 1}

    def test_a_compound_is_its_grid_or_several_each_paired(self, town) -> None:
        """It is no level of its own (S0:13 pairs compounds and buildings): where it spans two grids, both cover theirs."""
        firm = organisation(town)
        for grid in (town.grid, town.other_grid):
            paired(town, grid, level=2, organisation=firm)
        assert list(gaps(town.street, 2, TODAY)) == []
        assert not Pairing.objects.overlapping(TODAY).exists()

    def test_two_of_a_level_at_a_place_are_shown_not_refused(self, town) -> None:
        pair = {paired(town, town.grid), paired(town, town.grid)}
        paired(town, town.building), paired(town, town.grid, level=2), paired(town, town.community)
        assert set(Pairing.objects.overlapping(TODAY)) == pair
        assert Pairing.objects.overlaps_by_community(TODAY) == {town.community.pk: {3: 2}}
        end_pairing(pair.pop(), by=town.people["community_worker"], now=town.now)
        assert not Pairing.objects.overlapping(TODAY).exists()

    def test_it_follows_a_grid_that_merges(self, town) -> None:
        """The pairing of the grid that went away covers the buildings of the one that it became part of."""
        paired(town, town.grid)
        merge_units(town.grid, into=town.other_grid, by=None, now=town.now)
        fan_out_once(now=town.now)
        assert list(gaps(town.street, 3, TODAY)) == []
        paired(town, type(town.grid).objects.get(pk=town.other_grid.pk))
        assert Pairing.objects.overlapping(TODAY).count() == 2

    def test_as_counted_plainly(self, town) -> None:
        """Any pairings at all: the queries find what a loop over rows finds."""
        cadre = town.person("cadre")
        row = st.tuples(
            st.sampled_from(PLACES), st.sampled_from(PAIRING_LEVELS), st.integers(-3, 3), st.integers(0, 4)
        )

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(row, max_size=9))
        def holds(rows: list[tuple[str, int, int, int]]) -> None:
            mark = transaction.savepoint()
            try:
                made = [self.put(town, cadre, *one) for one in rows]
                for level in PAIRING_LEVELS:
                    found = set(gaps(town.district, level, TODAY).values_list("name", flat=True))
                    assert found == plain_gaps(town, made, level)
                assert set(Pairing.objects.overlapping(TODAY)) == plain_overlaps(made)
            finally:
                transaction.savepoint_rollback(mark)

        holds()

    def put(self, town: Town, cadre: Any, place: str, level: int, start: int, length: int) -> Pairing:
        unit, starts_on = town.units[place], TODAY + timedelta(days=start)
        return Pairing.objects.create(
            unit=unit,
            level=level,
            official=cadre,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=length) if length else None,
            made_at=LONG_AGO,
            **unit.lineage(),
        )


def in_force(one: Pairing) -> bool:
    return one.starts_on <= TODAY and (one.ends_on is None or one.ends_on > TODAY)


def plain_gaps(town: Town, made: list[Pairing], level: int) -> set[str]:
    found = set()
    for name in BUILDINGS:
        building = town.units[name]
        above = {building.pk, building.grid_id, building.community_id}
        if not any(in_force(one) and one.level == level and one.unit_id in above for one in made):
            found.add(building.name)
    return found


def plain_overlaps(made: list[Pairing]) -> set[Pairing]:
    standing = [one for one in made if in_force(one)]
    counted = Counter((one.level, one.unit_id) for one in standing)
    return {one for one in standing if counted[one.level, one.unit_id] > 1}


def test_figures_take_as_many_queries_for_many(town) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            pairings_per_unit(town.district, TODAY)
        return len(caught)

    paired(town)
    few = asked()
    for place in PLACES:
        paired(town, town.units[place])
        paired(town, town.units[place], level=1)
    assert asked() == few <= 8
    figures = pairings_per_unit(town.district, TODAY)[town.community.pk]
    assert (figures.buildings, figures.pairings, figures.gaps[4], figures.overlaps[3]) == (2, 11, 2, 2)


def test_a_volunteer_is_no_official(town) -> None:
    """Helping gives no part in who answers for a place."""
    who = volunteer(town)
    paired(town)
    assert not Pairing.objects.visible_to(who.user, town.now).exists()
