"""Responsibility pairing at a desk: who answers where, five duties with days and evidence, gaps that lead to a form, and
the sheet without names of officials."""

import io
from collections import Counter
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from grids.models import Unit
from tests.builders import Town, add_west
from tests.faces import stop_clock, take
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.wishes_builders import organisation
from trail.models import Event
from volunteers.actions.pairings import end_pairing, note_duty, pair_place
from volunteers.joining import DUTIES, PAIRING_LEVELS
from volunteers.models import DutyDone, Pairing

TODAY = date(2026, 3, 10)
GAPS = "admin:volunteers_pairing_gaps"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def paired(town: Town, unit: Unit | None = None, *, level: int = 3, **more) -> Pairing:
    who = {} if "organisation" in more else {"official": town.person("cadre")}
    usual = {"by": town.people["district_dispatcher"], "now": town.now}
    return pair_place(unit or town.building, level=level, **(who | usual | more))


def found(client, query: str = "") -> set[int]:
    answer = client.get(listed("pairing", query))
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


def tables(answer) -> dict[str, list[list]]:
    """Heading → rows of cells."""
    assert answer.status_code == 200
    return {str(one.title): one.rows for one in answer.context["tables"]}


class TestSteps:
    def test_an_official_is_named_as_everybody_calls_them(self, town) -> None:
        """Among those whom one sees at their posts; of the others by the sign-in name alone."""
        client = desk(town)
        for name, shown in (("office_officer", "赵干部"), ("far_officer", "钱干部")):
            User.objects.filter(username=name).update(display_name=shown)
        told = {"unit": town.building.code, "level": 3}
        assert add(client, "pairing", **told, official="钱干部").status_code == 422
        assert add(client, "pairing", **told, official="赵干部").status_code == 302
        assert Pairing.objects.get().official == town.people["office_officer"]

    def test_paired_noted_taken_back_and_ended(self, town) -> None:
        client, firm = desk(town), organisation(town)
        town.person("cadre")
        told = {"unit": town.building.code, "level": 3}
        for wrong in (
            {},
            {"official": "cadre", "organisation": firm.name},
            {"official": "nobody"},
            {"official": "cadre", "level": 5},
            {"official": "cadre", "unit": town.far_building.code},
            {"official": "cadre", "unit": town.street.code},
            {"official": "cadre", "starts_on": "2026-03-10", "ends_on": "2026-03-10"},
        ):
            assert add(client, "pairing", **told | wrong).status_code == 422, wrong
        assert not Pairing.objects.exists()
        answer = add(client, "pairing", **told, official="cadre", starts_on="2026-03-01")
        one = Pairing.objects.get()
        assert answer.status_code == 302 and answer.url == page_of(one)
        assert (one.official.username, one.starts_on, one.made_by) == (
            "cadre",
            date(2026, 3, 1),
            town.people["community_worker"],
        )
        assert offered(client, one) == {"note", "end"}
        told = {"duty": "firm", "done_on": "2026-03-09", "note": "演示:合同3号"}
        assert do(client, one, "note", **told | {"done_on": "2026-03-11"}).status_code == 422
        assert do(client, one, "note", **told | {"duty": "x"}).status_code == 422
        assert do(client, one, "note", **told).status_code == 302
        text = unescape(client.get(page_of(one)).content.decode())
        for words in ("演示:合同3号", "March 9, 2026", "1 of 5 done", *(str(word.label) for word in DUTIES)):
            assert words in text, words
        assert text.count(">Open</td>") == 4
        assert do(client, one, "take_back", duty="committee").status_code == 422
        assert do(client, one, "take_back", duty="firm").status_code == 302
        assert not DutyDone.objects.exists()
        assert do(client, one, "end", ends_on="2026-02-01").status_code == 422
        assert do(client, one, "end").status_code == 302
        one.refresh_from_db()
        assert one.ends_on == TODAY and "end" not in offered(client, one)

    def test_the_form_knows_what_it_was_led_from(self, town) -> None:
        answer = desk(town).get(f"{reverse('admin:volunteers_pairing_add')}?unit={town.grid.code}&level=2")
        form = answer.context["steps"][0]["form"]
        assert (form["unit"].value(), form["level"].value()) == (town.grid.code, "2")

    def test_the_next_duty_that_is_open_is_offered_today(self, town) -> None:
        one = paired(town)
        note_duty(one, "committee", done_on=TODAY, by=town.people["cadre"], now=town.now)
        form = next(
            step["form"]
            for step in desk(town).get(page_of(one)).context["steps"]
            if step["form"].key == "note"
        )
        assert (form["duty"].value(), form["done_on"].value()) == ("firm", TODAY)

    def test_whoever_answers_notes_duties_and_ends_nothing(self, town) -> None:
        """A supervisor reads it; as the official too, the duties are theirs to note."""
        one = paired(town)
        assert offered(desk(town, "supervisor"), one) == set()
        own = paired(town, official=town.people["supervisor"])
        assert offered(desk(town, "supervisor"), own) == {"note"}
        assert do(desk(town, "supervisor"), own, "note", duty="fee", done_on="2026-03-10").status_code == 302
        assert desk(town, "supervisor").get(reverse("admin:volunteers_pairing_add")).status_code == 403


class TestWhoReads:
    def test_of_another_community_street_or_district_there_is_none(self, town) -> None:
        one = paired(town)
        add_west(town)
        for name in ("community_worker", "street_leader", "supervisor", "district_dispatcher", "grid_worker"):
            assert found(desk(town, name)) == {one.pk}, name
            assert desk(town, name).get(page_of(one)).status_code == 200, name
        for name in ("far_secretary", "other_secretary", "far_dispatcher", "west_dispatcher", "other_worker"):
            client = desk(town, name)
            assert found(client) == set() and client.get(page_of(one)).status_code == 404, name
            address = reverse("admin:volunteers_pairing_do", args=[one.pk, "end"])
            assert client.post(address).status_code == 404, name
        for name in ("body_officer", "spotter", "security_admin"):
            assert desk(town, name).get(listed("pairing")).status_code == 403, name
            assert desk(town, name).get(reverse(GAPS)).status_code == 403, name

    def test_filters_and_search(self, town) -> None:
        worker = town.people["community_worker"]
        one, firm = paired(town, level=1), organisation(town, "演示公司")
        of_firm = paired(town, town.grid, level=2, organisation=firm)
        twin = paired(town, town.grid, level=2)
        to_come = paired(town, town.other_grid, starts_on=TODAY + timedelta(days=3))
        over = end_pairing(paired(town, town.community), by=worker, now=town.now)
        for word in DUTIES:
            note_duty(one, word.key, done_on=TODAY, by=worker, now=town.now)
        note_duty(twin, "fee", done_on=TODAY, by=worker, now=town.now)
        client, all_ones = desk(town, "district_dispatcher"), {row.pk for row in Pairing.objects.all()}
        for query, rows in (
            ("?state=now", {one.pk, of_firm.pk, twin.pk}),
            ("?state=to_come", {to_come.pk}),
            ("?state=ended", {over.pk}),
            ("?state=x", all_ones),
            ("?level__exact=2", {of_firm.pk, twin.pk}),
            ("?open=any", all_ones - {one.pk}),
            ("?open=fee", all_ones - {one.pk, twin.pk}),
            ("?double=yes", {of_firm.pk, twin.pk}),
            (f"?community={town.community.pk}", all_ones),
            (f"?street={town.other_street.pk}", set()),
            ("?street=x", set()),
            ("?q=演示公司", {of_firm.pk}),
            ("?q=1号楼", {one.pk}),
        ):
            assert found(client, query) == rows, query
        text = client.get(listed("pairing", "?level__exact=1")).content.decode()
        assert "天光社区 · 第一网格 · 1号楼" in text and "5 / 5" in text
        # Each tells of the other one beside it.
        assert page_of(of_firm) in client.get(page_of(twin)).content.decode()


class TestGaps:
    def test_by_community_and_then_one_by_one(self, town) -> None:
        paired(town, town.grid, level=1)
        address = reverse(GAPS)
        client = desk(town, "district_dispatcher")
        (rows,) = tables(client.get(address)).values()
        assert [[str(cell.text) for cell in row] for row in rows] == [
            ["天光社区", "2", "1", "0"],
            ["长新社区", "0", "0", "0"],
            ["黑水社区", "1", "1", "0"],
        ]
        (rows,) = tables(client.get(f"{address}?level=2")).values()
        assert [str(row[2].text) for row in rows] == ["2", "0", "1"]
        assert rows[0][0].link == f"?community={town.community.pk}&level=2"
        bare = tables(client.get(f"{address}{rows[0][0].link}"))["Buildings without anybody"]
        assert [str(row[0].text) for row in bare] == ["1号楼", "2号楼"]
        new = reverse("admin:volunteers_pairing_add")
        assert [cell.link for cell in bare[1][2:]] == [
            f"{new}?unit={town.other_building.code}&level=2",
            f"{new}?unit={town.other_grid.code}&level=2",
        ]
        for cell in bare[1][2:]:
            assert client.get(cell.link).status_code == 200

    def test_whoever_has_one_community_sees_its_buildings_at_once(self, town) -> None:
        client, one = desk(town), paired(town, town.grid)
        twin = paired(town, town.grid)
        found = tables(client.get(reverse(GAPS)))
        assert [str(row[0].text) for row in found["Buildings without anybody"]] == ["2号楼"]
        doubled = found["Two of the same level at one place"]
        assert {row[0].link for row in doubled} == {page_of(one), page_of(twin)}
        found = tables(client.get(f"{reverse(GAPS)}?level=4"))
        assert len(found["Buildings without anybody"]) == 2
        assert found["Two of the same level at one place"] == []
        paired(town, town.community)
        assert "Somebody answers for every building here." in client.get(reverse(GAPS)).content.decode()

    def test_a_foreign_community_is_as_unknown_as_none(self, town) -> None:
        client = desk(town)
        for number in (town.far_community.pk, town.other_community.pk, 10**9, "x", town.grid.pk):
            assert client.get(f"{reverse(GAPS)}?community={number}").status_code == 404, number

    def test_whoever_only_reads_is_led_to_no_form(self, town) -> None:
        answer = desk(town, "supervisor").get(f"{reverse(GAPS)}?community={town.community.pk}")
        rows = tables(answer)["Buildings without anybody"]
        assert len(rows) == 2 and {len(row) for row in rows} == {2}
        # Whoever has a grid alone reads no whole community.
        assert "You read no whole community." in desk(town, "grid_worker").get(reverse(GAPS)).content.decode()

    def test_page_by_page_with_what_was_asked(self, town) -> None:
        for number in range(25):
            town.units[f"more{number}"] = Unit.objects.create(
                **self.like(town.building, f"{town.community.code}{number + 100:05}"), name=f"{number}座"
            )
        client = desk(town)
        first = client.get(f"{reverse(GAPS)}?level=3")
        after = first.context["after"]
        assert after == f"?community={town.community.pk}&level=3&p=2" and not first.context["before"]
        second = client.get(f"{reverse(GAPS)}{after}")
        rows = [tables(one)["Buildings without anybody"] for one in (first, second)]
        assert [len(one) for one in rows] == [20, 7]
        assert after.replace("&p=2", "&p=1") == second.context["before"]

    def like(self, building: Unit, code: str) -> dict:
        """Beside it in its grid."""
        names = ("kind", "parent", "line", "district", "street", "community", "grid", "tree_id", "level")
        return {name: getattr(building, name) for name in names} | {"code": code, "lft": 1, "rght": 2}

    def test_as_counted_in_python(self, town) -> None:
        """By community and level, with pairings of every sort."""
        places = ("community", "grid", "building", "other_grid", "other_building", "far_grid", "far_building")
        for number, name in enumerate(places * 3):
            starts_on = TODAY + timedelta(days=number % 4 - 2)
            days = number % 5
            paired(
                town,
                town.units[name],
                level=1 + number * 7 % 3,
                starts_on=starts_on,
                ends_on=starts_on + timedelta(days=days) if days else None,
            )
        client = desk(town, "district_dispatcher")
        seen = set()
        for level in (None, *PAIRING_LEVELS):
            (rows,) = tables(client.get(f"{reverse(GAPS)}?level={level or ''}")).values()
            told = {str(row[0].text): tuple(cell.text for cell in row[1:]) for row in rows}
            assert told == plainly_counted(town, level), level
            seen.add(tuple(sorted(told.items())))
        assert len(seen) > 2, "levels differ"


def plainly_counted(town: Town, level: int | None) -> dict[str, tuple[int, int, int]]:
    """Name of the community → buildings, those without anybody, pairings beside another one of their level."""
    standing = [one for one in Pairing.objects.all() if one.state_on(TODAY) == "now"]
    at_places = Counter((one.level, one.unit_id) for one in standing)
    found = {}
    for community in (town.community, town.other_community, town.far_community):
        buildings = [one for one in town.units.values() if one.kind == "building"]
        here = [one for one in buildings if one.community_id == community.pk]
        of_level = [one for one in standing if level in {None, one.level}]
        answered = {one.unit_id for one in of_level}
        bare = [one for one in here if not {one.pk, one.grid_id, one.community_id} & answered]
        inside = [one for one in of_level if one.community_id == community.pk]
        doubled = [one for one in inside if at_places[one.level, one.unit_id] > 1]
        found[community.name] = (len(here), len(bare), len(doubled))
    return found


class TestSheet:
    def sheet(self, client, query: str = "") -> list[list]:
        answer = take(client, reverse("admin:volunteers_pairing_export") + query)
        assert answer.status_code == 200
        return [list(row) for row in load_workbook(io.BytesIO(answer.content)).active.values]

    def test_officials_by_their_post_and_organisations_by_name(self, town) -> None:
        head = town.people["body_head"]
        type(head).objects.filter(pk=head.pk).update(display_name="演示局长")
        one = paired(town, official=head)
        firms = paired(town, town.grid, level=1, organisation=organisation(town, "演示公司"))
        nobody = paired(town, town.community, level=2)
        note_duty(one, "fee", done_on=TODAY, by=head, now=town.now, note="演示:台账")
        header, *rows = self.sheet(desk(town, "street_leader"))
        who, fee = header.index("who answers"), header.index(str(DUTIES[3].label))
        told = {row[0]: row for row in rows}
        assert told[firms.pk][who] == "演示公司" and told[nobody.pk][who] == "official"
        assert "区城管局" in told[one.pk][who]
        assert told[one.pk][fee].date() == TODAY and told[firms.pk][fee] is None
        assert told[one.pk][1:6] == ["新发街道", "天光社区", "第一网格", "1号楼", town.building.code]
        assert "演示局长" not in str(rows) and "cadre" not in str(rows) and "演示:台账" not in str(rows)

    def test_only_what_the_list_shows(self, town) -> None:
        one, other = paired(town, level=1), paired(town, town.far_building, level=2)
        rows = self.sheet(desk(town, "district_dispatcher"), "?level__exact=2")
        assert [row[0] for row in rows[1:]] == [other.pk]
        assert [row[0] for row in self.sheet(desk(town))[1:]] == [one.pk]
        event = Event.objects.filter(verb="export").last()
        assert (event.data["list"], event.data["rows"]) == ("pairings", 1)

    def test_too_many_are_said_and_not_cut(self, town, monkeypatch) -> None:
        paired(town), paired(town, level=1)
        monkeypatch.setattr("volunteers.pairing_export.MOST_ROWS", 1)
        answer = take(desk(town), reverse("admin:volunteers_pairing_export"))
        assert answer.status_code == 302 and not Event.objects.filter(verb="export").exists()


def test_pages_are_as_cheap_with_many(town) -> None:
    def cost(address: str, ask=None) -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = ask(address) if ask else client.get(address)
        assert answer.status_code == 200
        return len(asked)

    def costs() -> list[int]:
        export = reverse("admin:volunteers_pairing_export")
        looks = [listed("pairing"), reverse(GAPS), f"{reverse(GAPS)}?community={town.community.pk}"]
        return [*map(cost, looks), cost(export, lambda address: take(client, address))]

    def made(level: int) -> None:
        one = paired(town, town.grid, level=level)
        paired(town, town.grid, level=level, organisation=organisation(town, f"演示公司{level}"))
        note_duty(one, "fee", done_on=TODAY, by=town.people["cadre"], now=town.now)

    made(1)
    client = desk(town, "district_dispatcher")
    costs()
    few = costs()
    for level in (2, 3, 4):
        made(level)
    assert costs() == few
