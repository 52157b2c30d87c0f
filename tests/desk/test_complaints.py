"""Of a complaint about somebody nothing stands in the lists of those it is about: phone, start page, snapshots."""

from datetime import timedelta
from typing import Any

import pytest

from desk.actions import take_snapshot
from desk.lists import Asked
from desk.models import Snapshot
from desk.querysets import Day
from desk.reading import all_rows
from desk.tables import TABLE
from grids.actions.posts import end_post
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.models import Callee, Issue
from tests.builders import Town
from tests.desk.test_lists import enter
from tests.faces import signed_in, stop_clock, take

LISTS = ("mine", "calls", "danger_untaken", "registered", "around")
WORDS = "演示:社区书记推诿扯皮"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def issues_of(day: Day, name: str) -> set[int]:
    rows = getattr(day, name)()
    return set(rows.values_list("issue_id" if rows.model is Callee else "pk", flat=True))


def assert_lists_are_visible(town: Town, now: Any) -> None:
    for person in town.people.values():
        seen = set(Issue.objects.visible_to(person, now).values_list("pk", flat=True))
        for name in LISTS:
            assert issues_of(Day(person, now), name) <= seen, f"{name} of {person}"


def test_every_row_of_every_list_of_the_day_is_one_that_is_seen(town: Town) -> None:
    """Whatever posts and deputies there are, late or not."""
    secretary = town.people["community_secretary"]
    end_post(town.posts["street_dispatcher"], by=None, now=town.now)
    town.appoint("community_secretary", "street_leader", town.street)
    town.appoint("newcomer", "street_dispatcher", town.street, secretary)
    town.report("litter", about=town.community, text=WORDS)
    town.report("litter", about=town.grid, by=town.people["spotter"])
    town.report("litter", about=town.office)
    for category in town.categories:
        town.report(category)
        town.report(category, place=town.far_building)
    called = town.report("noise")
    PERFORM["sign"](called, by=town.people["community_worker"], now=town.now)
    given = {"kind": "quick", "text": "演示", "bodies": [town.department]}
    PERFORM["whistle"](called, by=town.people["community_worker"], now=town.now, **given)
    assert_lists_are_visible(town, town.now)
    for days in (1, 2, 5):
        later = town.now + timedelta(days=days)
        assert_lists_are_visible(town, later)
        while sweep_once(now=later):
            pass
        assert_lists_are_visible(town, later)


@pytest.mark.parametrize("days", [0, 3])
def test_phone_and_start_page_say_nothing_to_a_subject_who_stands_above_too(
    town: Town, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """By a post of their own, and once it is late as the deputy of somebody there."""
    if days:
        for name in ("street_dispatcher", "street_leader"):
            end_post(town.posts[name], by=None, now=town.now)
        town.appoint("newcomer", "street_leader", town.street, town.people["community_secretary"])
    else:
        town.appoint("community_secretary", "street_leader", town.street)
    issue = town.report("litter", about=town.community, text=WORDS)
    stop_clock(monkeypatch, town.now + timedelta(days=days))
    client, staff = signed_in(town, "community_secretary"), enter(town, "community_secretary")
    for page in (client.get("/"), client.get("/", {"tab": "called"}), staff.get("/admin/")):
        assert page.status_code == 200
        assert WORDS not in page.content.decode() and issue.number not in page.content.decode()
    assert staff.get("/admin/").context["figures"][0][1] == 0


class TestSnapshots:
    def taken(self, town: Town, table: str = "issues") -> Snapshot:
        """By the district, of the street: with everything in it."""
        by = town.people["district_dispatcher"]
        asked = Asked(by, town.now, unit=town.street)
        return take_snapshot(table, all_rows(TABLE[table], asked), by=by, now=town.now, unit=town.street)

    @pytest.mark.parametrize("marked", [False, True], ids=["reported as one", "found to be one later"])
    def test_the_subject_reads_the_others_and_is_not_told_how_many_are_missing(
        self, town: Town, marked: bool
    ) -> None:
        first, last = town.report("litter"), town.report("noise")
        hidden = town.report("litter", about=None if marked else town.street, text=WORDS)
        third = town.report("noise")
        taken = self.taken(town)
        if marked:
            Issue.objects.filter(pk=hidden.pk).update(about_unit=town.street)
        own, above = enter(town, "supervisor"), enter(town, "district_dispatcher")
        address = f"/admin/lists/snapshots/{taken.pk}/"
        page = own.get(address).content.decode()
        assert hidden.number not in page and "3 rows" in page
        assert all(one.number in page for one in (first, last, third))
        assert hidden.number in above.get(address).content.decode()
        files = {kind: take(own, address, kind) for kind in ("csv", "xlsx")}
        assert len(files["csv"].content.decode("utf-8-sig").splitlines()) == 4
        assert hidden.number not in files["csv"].content.decode("utf-8-sig")
        (one,) = own.get("/admin/lists/snapshots/").context["page"]
        assert one.shown == 3
        (one,) = above.get("/admin/lists/snapshots/").context["page"]
        assert one.shown == 4

    def test_its_digest_is_of_what_one_reads(self, town: Town) -> None:
        town.report("litter")
        town.report("litter", about=town.street, text=WORDS)
        whole = self.taken(town)
        page = enter(town, "supervisor").get(f"/admin/lists/snapshots/{whole.pk}/").content.decode()
        assert whole.digest not in page
        page = enter(town, "district_dispatcher").get(f"/admin/lists/snapshots/{whole.pk}/").content.decode()
        assert whole.digest in page
