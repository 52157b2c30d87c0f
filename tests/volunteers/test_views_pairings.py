"""The pages of responsibility pairing: what one answers for, its five duties, and who answers for what in a community."""

from datetime import date, timedelta

import pytest

from grids.actions.tree import add_unit
from tests.builders import LONG_AGO, add_west
from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.test_pairings import TODAY, paired
from tests.volunteers.test_views_activities import cost, main_of, text
from tests.volunteers.wishes_builders import organisation
from volunteers.actions.pairings import end_pairing, note_duty
from volunteers.models import DutyDone, Pairing

START = "/volunteers/"
OWN = f"{START}mine/pairings/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def page_of(pairing: Pairing, more: str = "") -> str:
    return f"{START}pairings/{pairing.pk}/{more}"


def list_of(town, place: str = "community", level: int | None = None) -> str:
    asked = f"?level={level}" if level else ""
    return f"{START}at/{getattr(town, place).code}/pairings/{asked}"


def more_buildings(town, number: int, first: int) -> list:
    """So many more in the first grid."""
    return [
        add_unit(
            town.grid, code=f"220103001001{first + one:05}", name=f"{first + one}号楼", by=None, now=LONG_AGO
        )
        for one in range(number)
    ]


class TestWhatIAnswerFor:
    def test_nothing_says_who_pairs(self, town) -> None:
        assert "You answer for no place." in main_of(signed_in(town, "grid_worker").get(OWN))
        assert visitor().get(OWN).url.startswith("/accounts/login/")

    def test_mine_and_those_of_my_organisations_the_ended_last(self, town) -> None:
        over, now, to_come = paired(town), paired(town), paired(town, starts_on=TODAY + timedelta(days=3))
        end_pairing(over, by=town.people["community_worker"], now=town.now)
        firms = paired(town, town.grid, organisation=organisation(town, speaker=town.person("cadre")))
        paired(town, official=town.person("other"))
        note_duty(now, "fee", done_on=TODAY, by=town.person("cadre"), now=town.now)
        client = signed_in(town, "cadre")
        page = client.get(OWN)
        rows = list(page.context["page"])
        assert rows[-1] == over and {row.pk for row in rows} == {
            one.pk for one in (over, now, to_come, firms)
        }
        content = main_of(page)
        assert "1 of 5 duties done" in content and "To come" in content and "Over" in content
        assert "1号楼" in content and "第一网格" in content and "Level 3" in content
        assert OWN in text(client.get(f"{START}mine/"))
        assert OWN not in text(signed_in(town, "grid_worker").get(f"{START}mine/"))

    def test_as_cheap_with_many(self, town) -> None:
        for level in (1, 2):
            note_duty(paired(town, level=level), "fee", done_on=TODAY, by=town.person("cadre"), now=town.now)
        client = signed_in(town, "cadre")
        few = cost(client, OWN)
        firm = organisation(town, speaker=town.person("cadre"))
        for number in range(20):
            who = {"organisation": firm} if number % 2 else {}
            paired(town, town.other_grid if number % 3 else town.community, **who)
        assert cost(client, OWN) == few
        assert len(client.get(f"{OWN}?page=2").context["page"]) == 2


class TestOnePairing:
    def test_for_whoever_answers_and_those_who_read_the_place(self, town) -> None:
        one = paired(town)
        note_duty(one, "firm", done_on=TODAY, note="演示:合同", by=town.person("cadre"), now=town.now)
        for name, notes in (
            ("cadre", True),
            ("community_worker", True),
            ("street_dispatcher", True),
            ("supervisor", False),
            ("grid_worker", False),
        ):
            client = signed_in(town, name)
            content = main_of(client.get(page_of(one)))
            assert "演示:合同" in content and content.count("Property firm brought in") >= 1
            assert (page_of(one, "fee/") in content) == notes
            for more in ("fee/", "firm/open/"):
                if not notes:
                    assert client.get(page_of(one, "fee/")).status_code == 404
                    assert client.post(page_of(one, more)).status_code == 404
        for name in ("far_secretary", "other_worker", "spotter", "office_officer"):
            client = signed_in(town, name)
            for more in ("", "fee/"):
                for pairing in (one, Pairing(pk=10**9)):
                    assert client.get(page_of(pairing, more)).status_code == 404
            assert client.post(page_of(one, "firm/open/")).status_code == 404
        assert visitor().get(page_of(one)).url.startswith("/accounts/login/")
        assert DutyDone.objects.count() == 1

    def test_the_way_back_is_where_the_reader_may_go(self, town) -> None:
        one = paired(town)
        for name, own, reads in (
            ("cadre", True, False),
            ("community_worker", False, True),
            ("grid_worker", False, False),
        ):
            content = main_of(signed_in(town, name).get(page_of(one)))
            assert (OWN in content, list_of(town) in content) == (own, reads), name

    def test_no_telephone_of_anybody(self, town) -> None:
        cadre = town.person("cadre")
        type(cadre).objects.filter(pk=cadre.pk).update(phone="13812345678")
        firm = organisation(town, phone="0431-8765432")
        for one in (paired(town), paired(town, organisation=firm)):
            for address in (page_of(one), list_of(town, level=3)):
                content = text(signed_in(town, "community_worker").get(address))
                assert "138" not in content and "8765432" not in content

    def test_a_place_that_moved_is_called_as_it_is_now(self, town) -> None:
        one = paired(town)
        Pairing.objects.filter(pk=one.pk).update(unit=town.other_building)
        assert "<h1>1号楼" in text(signed_in(town, "cadre").get(page_of(one)))


class TestDuties:
    def test_noted_corrected_and_taken_back(self, town) -> None:
        one, client = paired(town), signed_in(town, "cadre")
        address = page_of(one, "fee/")
        page = client.get(address)
        assert page.context["form"]["done_on"].value() == TODAY
        told = {"done_on": "2026-03-01", "note": "演示:公示"}
        assert client.post(address, hidden(page.context["form"]) | told).url == page_of(one)
        row = DutyDone.objects.get()
        assert (row.duty, row.done_on, row.note) == ("fee", date(2026, 3, 1), "演示:公示")
        content = main_of(client.get(page_of(one)))
        assert "演示:公示" in content and "March 1, 2026" in content
        page = client.get(address)
        assert page.context["form"]["note"].value() == "演示:公示"
        client.post(address, hidden(page.context["form"]) | told | {"done_on": "2026-02-28"})
        row.refresh_from_db()
        assert row.done_on == date(2026, 2, 28)
        back = page_of(one, "fee/open/")
        assert press(client, back, client.get(address)).url == page_of(one)
        assert not DutyDone.objects.exists() and back not in text(client.get(address))
        client.post(back)
        assert "Nobody has said that this is done." in text(client.get(page_of(one)))

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"done_on": ""}, "done_on", 422),
            ({"done_on": "x"}, "done_on", 422),
            ({"done_on": "2026-03-11"}, "done_on", 409),
            ({"note": "演" * 201}, "note", 422),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(self, town, wrong, field, status) -> None:
        one, client = paired(town), signed_in(town, "cadre")
        told = hidden(client.get(page_of(one, "fee/")).context["form"])
        told |= {"done_on": "2026-03-01", "note": "演示:公示"}
        refused = client.post(page_of(one, "fee/"), told | wrong)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert ("演示:公示" in main_of(refused)) == ("note" not in wrong)
        assert not DutyDone.objects.exists()

    def test_a_duty_that_is_none(self, town) -> None:
        one, client = paired(town), signed_in(town, "cadre")
        assert client.get(page_of(one, "x/")).status_code == 404
        assert client.post(page_of(one, "x/open/")).status_code == 404


class TestOfACommunity:
    def test_gaps_first_then_who_answers(self, town) -> None:
        firm = organisation(town)
        paired(town, town.other_building, level=4)
        paired(town, town.other_building, level=4, organisation=firm)
        paired(town, town.other_grid, level=2)
        paired(town, town.community, level=1, starts_on=TODAY + timedelta(days=1))
        client = signed_in(town, "community_worker")
        assert list_of(town) in text(client.get(f"{START}at/{town.community.code}/"))
        page = client.get(list_of(town, level=4))
        assert [(key, gaps) for key, _label, gaps in page.context["levels"]] == [
            (1, 2),
            (2, 1),
            (3, 2),
            (4, 1),
        ]
        buildings = page.context["buildings"]
        assert [building.pk for building, _rows in buildings] == [town.building.pk, town.other_building.pk]
        assert [len(rows) for _building, rows in buildings] == [0, 2]
        assert [double for _one, double in buildings[1][1]] == [True, True]
        content = main_of(page)
        assert "For 1 of 2 buildings nobody answers" in content and "Nobody answers" in content
        assert "2 pairings stand beside another one" in content and content.count("Overlap") == 2
        # Of its grid, and the level that anybody answers at if none is asked for.
        page = client.get(list_of(town))
        assert page.context["level"] == 2
        (gap, none), (covered, rows) = page.context["buildings"]
        assert (gap.pk, none, covered.pk) == (town.building.pk, [], town.other_building.pk)
        assert [(one.place.pk, double) for one, double in rows] == [(town.other_grid.pk, False)]
        assert [one.place for one in page.context["above"]] == [town.other_grid]
        for asked in ("9", "x", "²"):
            assert client.get(f"{list_of(town)}?level={asked}").context["level"] == 2

    def test_for_those_who_run_or_read_all_of_it(self, town) -> None:
        for name in ("community_secretary", "street_leader", "district_dispatcher", "supervisor"):
            assert signed_in(town, name).get(list_of(town)).status_code == 200, name
        add_west(town)
        for name in ("grid_worker", "spotter", "far_secretary", "other_secretary", "office_officer"):
            client = signed_in(town, name)
            assert client.get(list_of(town)).status_code == 404, name
            assert list_of(town) not in text(client.get(f"{START}at/{town.community.code}/"))
        assert visitor().get(list_of(town)).url.startswith("/accounts/login/")
        assert list_of(town) not in text(visitor().get(f"{START}at/{town.community.code}/"))
        for place in ("street", "grid", "building"):
            assert signed_in(town, "district_dispatcher").get(list_of(town, place)).status_code == 404

    def test_a_community_without_buildings(self, town) -> None:
        content = main_of(signed_in(town, "other_secretary").get(list_of(town, "other_community")))
        assert "No building is entered in this community yet." in content

    def test_as_cheap_with_many(self, town) -> None:
        client, firm = signed_in(town, "community_worker"), organisation(town)
        for one in more_buildings(town, 2, 100):
            paired(town, one, level=4, organisation=firm)
        few = cost(client, list_of(town, level=4))
        for one in more_buildings(town, 22, 200):
            paired(town, one, level=4)
            paired(town, one, level=4, organisation=firm)
        assert cost(client, list_of(town, level=4)) == few
        page = client.get(list_of(town, level=4) + "&page=2")
        assert len(page.context["buildings"]) == 6
        assert [building.nobody for building, _rows in page.context["buildings"]] == [False] * 6


class TestMyGrid:
    def test_the_page_of_a_building_says_who_answers(self, town) -> None:
        one, firms = paired(town), paired(town, town.grid, level=2, organisation=organisation(town))
        end_pairing(
            paired(town, official=town.person("gone")), by=town.people["community_worker"], now=town.now
        )
        client = signed_in(town, "grid_worker")
        address = f"/grid/?building={town.building.code}"
        content = main_of(client.get(address))
        assert content.index(page_of(firms)) < content.index(page_of(one))
        assert "演示公司" in content and "Level 2" in content and "gone" not in content
        assert "Who answers for it" not in main_of(
            signed_in(town, "other_worker").get(f"/grid/?building={town.other_building.code}")
        )
