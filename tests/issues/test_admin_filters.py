"""The staff admin's list of issues by category and by place, and how many rows stand on a page of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues.models import Category, Issue
from issues.offered import categories_offered
from tests.builders import Town
from tests.faces import signed_in, stop_clock

LIST = "/admin/issues/issue/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def grouped(town: Town) -> Town:
    """Noise and litter are part of one group."""
    town.categories["group"] = Category.objects.create(
        key="group", name="环境", name_en="Surroundings", kind="help", order=1
    )
    parts = Category.objects.filter(key__in=("noise", "litter"))
    parts.update(parent=town.categories["group"])
    return town


def enter(town: Town, name: str = "street_dispatcher") -> Client:
    user = town.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return signed_in(town, name)


def shown(answer: Any) -> set[int]:
    assert answer.status_code == 200, answer
    return {issue.pk for issue in answer.context["cl"].result_list}


def options(answer: Any, name: str) -> list[str]:
    """What the select of this name offers."""
    form = answer.content.decode().partition(f'<select id="select-{name}"')[2].partition("</select>")[0]
    return [part.partition('"')[0] for part in form.split('<option value="')[1:]]


class TestCategory:
    def test_a_group_shows_all_that_is_part_of_it(self, grouped: Town) -> None:
        made = {key: grouped.report(key).pk for key in ("noise", "litter", "road")}
        client = enter(grouped)
        assert shown(client.get(LIST, {"category": "group"})) == {made["noise"], made["litter"]}
        assert shown(client.get(LIST, {"category": "noise"})) == {made["noise"]}
        assert shown(client.get(LIST, {"category": ""})) == set(made.values())

    def test_groups_stand_before_their_parts_and_these_a_step_in(self, grouped: Town) -> None:
        offered = categories_offered(grouped.people["street_dispatcher"], grouped.now)
        keys = [key for key, _label in offered]
        assert keys[:3] == ["group", "litter", "noise"] and set(keys) == set(grouped.categories)
        assert [label.startswith("　") for _key, label in offered[:4]] == [False, True, True, False]
        answer = enter(grouped).get(LIST, {"category": "noise"})
        assert options(answer, "category") == ["", *keys]
        assert '<option value="noise" selected>' in answer.content.decode()

    def test_what_is_out_of_use_is_offered_to_whoever_asks_for_it_alone(self, town: Town) -> None:
        issue, client = town.report("noise"), enter(town)
        Category.objects.filter(key="noise").update(is_active=False)
        assert "noise" not in options(client.get(LIST), "category")
        answer = client.get(LIST, {"category": "noise"})
        assert "noise" in options(answer, "category") and shown(answer) == {issue.pk}

    def test_that_of_another_district_is_as_unknown_as_none(self, town: Town) -> None:
        town.report("noise")
        # No matter whose: of a unit that this person does not see.
        Category.objects.filter(key="permit").update(district=town.far_building)
        client = enter(town)
        for key in ("permit", "nothing"):
            answer = client.get(LIST, {"category": key}, follow=True)
            assert answer.redirect_chain == [(f"{LIST}?", 302)]
            assert "does not know any more: category" in answer.content.decode()


class TestPlace:
    @pytest.fixture
    def made(self, town: Town) -> dict[str, int]:
        places = {"here": town.building, "beside": town.other_building, "far": town.far_building}
        return {name: town.report(place=place).pk for name, place in places.items()}

    @pytest.mark.parametrize(
        ("place", "names"),
        [
            ("district", {"here", "beside", "far"}),
            ("street", {"here", "beside"}),
            ("community", {"here", "beside"}),
            ("grid", {"here"}),
            ("other_building", {"beside"}),
            ("far_grid", {"far"}),
            ("other_community", set()),
        ],
    )
    def test_with_everything_below_it(
        self, town: Town, made: dict[str, int], place: str, names: set[str]
    ) -> None:
        answer = enter(town, "district_dispatcher").get(LIST, {"unit": town.units[place].code})
        assert shown(answer) == {made[name] for name in names}
        assert f'<option value="{town.units[place].code}" selected>' in answer.content.decode()

    def test_what_lies_above_shows_what_one_sees_of_it(self, town: Town, made: dict[str, int]) -> None:
        answer = enter(town).get(LIST, {"unit": town.district.code})
        assert shown(answer) == {made["here"], made["beside"]}

    @pytest.mark.parametrize("code", ["220103002", "22010300200100001", "nowhere", "²", "1" * 200])
    def test_a_foreign_place_is_as_unknown_as_none(self, town: Town, made: dict[str, int], code: str) -> None:
        for name in ("street_dispatcher", "body_officer"):
            answer = enter(town, name).get(LIST, {"unit": code, "q": "演示"}, follow=True)
            assert [address for address, _status in answer.redirect_chain] == [f"{LIST}?q=%E6%BC%94%E7%A4%BA"]
            text = answer.content.decode()
            assert "does not know any more: place" in text and town.far_building.name not in text

    def test_level_by_level_and_never_the_whole_tree(self, town: Town) -> None:
        client = enter(town, "district_dispatcher")

        def codes(*names: str) -> list[str]:
            return ["", *(town.units[name].code for name in names)]

        assert options(client.get(LIST), "unit") == codes("district", "street", "other_street")
        found = options(client.get(LIST, {"unit": town.community.code}), "unit")
        assert found == codes("district", "street", "community", "grid", "other_grid")

    def test_a_place_that_has_closed_may_still_be_asked_for(self, town: Town) -> None:
        type(town.other_community).objects.filter(pk=town.other_community.pk).update(closed_at=town.now)
        client, code = enter(town), town.other_community.code
        assert code not in options(client.get(LIST, {"unit": town.street.code}), "unit")
        assert code in options(client.get(LIST, {"unit": code}), "unit")

    def test_the_centre_chooses_from_what_it_dispatches_for(self, town: Town) -> None:
        assert town.other_street.code in options(enter(town, "centre_dispatcher").get(LIST), "unit")


class TestPlaceByName:
    def test_the_only_one_of_that_name_is_chosen_and_the_rest_is_kept(self, town: Town) -> None:
        client = enter(town)
        answer = client.get(LIST, {"called": " 长新社区 ", "due": "open", "p": "3", "unit": town.grid.code})
        code = town.other_community.code
        assert answer.status_code == 302 and answer.url == f"{LIST}?due=open&unit={code}"
        assert client.get(LIST, {"called": code}).url == f"{LIST}?unit={code}"

    def test_one_chooses_among_several(self, town: Town) -> None:
        answer = enter(town).get(LIST, {"called": "网格", "category": "noise", "rows": "50"})
        text = answer.content.decode()
        assert answer.status_code == 200 and "Which place?" in text
        for key in ("grid", "other_grid"):
            link = f"{LIST}?category=noise&amp;rows=50&amp;unit={town.units[key].code}"
            assert f'<a href="{link}">' in text
        assert town.far_grid.name not in text and town.community.name in text
        assert '<input type="hidden" name="category" value="noise">' in text

    def test_too_many_are_cut_and_it_says_so(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("grids.admin.places.MOST", 1)
        answer = enter(town).get(LIST, {"called": "网格"})
        assert len(answer.context["ways"]) == 1 and "There are more" in answer.content.decode()

    @pytest.mark.parametrize("words", ["远网格", "没有这个地方", "220103002"])
    def test_nothing_so_called_is_said_and_changes_nothing(self, town: Town, words: str) -> None:
        asked = {"called": words, "unit": town.grid.code}
        answer = enter(town).get(LIST, asked, follow=True)
        assert answer.redirect_chain == [(f"{LIST}?unit={town.grid.code}", 302)]
        assert "Nothing that you see is called so." in answer.content.decode()

    def test_nothing_typed_leads_back(self, town: Town) -> None:
        answer = enter(town).get(LIST, {"called": "  ", "due": "late"}, follow=True)
        assert answer.redirect_chain == [(f"{LIST}?due=late", 302)]
        assert not list(answer.context["messages"])


class TestTogether:
    def test_each_form_keeps_what_the_others_ask_for(self, grouped: Town) -> None:
        kept = {"unit": grouped.community.code, "due": "open", "rows": "50", "q": "演示", "o": "5"}
        text = enter(grouped).get(LIST, kept | {"category": "group", "p": "1"}).content.decode()
        by_category = text.partition('<form method="get" class="gz-select">')[2].partition("</form>")[0]
        for name, value in kept.items():
            assert f'<input type="hidden" name="{name}" value="{value}">' in by_category, name
        assert 'type="hidden" name="category"' not in by_category and 'name="p"' not in by_category

    def test_both_narrow_together(self, grouped: Town) -> None:
        here = grouped.report("noise")
        grouped.report("noise", place=grouped.other_building), grouped.report("road")
        asked = {"category": "group", "unit": grouped.grid.code}
        answer = enter(grouped).get(LIST, asked)
        assert shown(answer) == {here.pk} and answer.context["cl"].has_active_filters

    def test_what_was_left_open_is_no_filter(self, town: Town) -> None:
        answer = enter(town).get(LIST, {"unit": "", "category": "", "rows": "50"})
        assert answer.status_code == 200 and not answer.context["cl"].has_active_filters

    @pytest.mark.parametrize("asked", [{}, {"category": "group"}, {"unit": "220103001001"}])
    def test_as_many_statements_for_many_rows_as_for_one(self, grouped: Town, asked: dict[str, str]) -> None:
        client, told = enter(grouped), []
        for many in (1, 3):
            for _one in range(many):
                grouped.report("noise")
            client.get(LIST, asked)
            with CaptureQueriesContext(connection) as statements:
                assert shown(client.get(LIST, asked))
            told.append(len(statements))
        assert told[0] == told[1] <= 14


class TestRowsToAPage:
    @pytest.fixture
    def many(self, town: Town) -> Town:
        """One more than stand on a page."""
        town.report("noise")
        columns = {field.column for field in Issue._meta.concrete_fields} - {"id", "code"}
        kept = ", ".join(f'"{name}"' for name in sorted(columns))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO issues_issue (code, {kept}) SELECT 'copy' || n, {kept}"
                " FROM issues_issue, generate_series(1, 20) AS n"
            )
        return town

    def test_twenty_unless_one_asks_for_more(self, many: Town) -> None:
        client = enter(many)
        for asked, number in (("", 20), ("50", 21), ("200", 21), ("21", 20), ("x", 20), ("-5", 20)):
            assert len(shown(client.get(LIST, {"rows": asked}))) == number, asked

    def test_the_choice_stands_below_the_list_and_is_kept(self, many: Town) -> None:
        client = enter(many)
        text = client.get(LIST, {"due": "open"}).content.decode()
        for number in (20, 50, 100, 200):
            assert f'href="?due=open&amp;rows={number}"' in text
        assert 'rows=20" aria-current="true"' in text
        answer = client.get(LIST, {"rows": "50", "due": "open", "p": "1"})
        text = answer.content.decode()
        assert 'rows=50" aria-current="true"' in text
        # Other filters, the order and the search keep it; so does taking all filters off.
        assert "?due=late&amp;rows=50" in text and 'name="rows" value="50"' in text
        assert answer.context["cl"].clear_all_filters_qs == "?rows=50"

    def test_leafing_keeps_it(self, many: Town) -> None:
        client = enter(many)
        text = client.get(LIST, {"rows": "20"}).content.decode()
        assert 'href="?p=2&amp;rows=20"' in text
        assert len(shown(client.get(LIST, {"rows": "20", "p": "2"}))) == 1

    def test_a_short_list_offers_no_choice(self, town: Town) -> None:
        town.report("noise")
        assert "gz-per-page" not in enter(town).get(LIST).content.decode()

    def test_other_lists_of_the_desk_have_it_too(self, many: Town) -> None:
        client = enter(many, "audit_admin")
        address = reverse("admin:trail_event_changelist")
        assert client.get(address, {"rows": "50"}).context["cl"].list_per_page == 50

    def test_more_rows_are_no_more_statements(self, many: Town) -> None:
        client, told = enter(many), []
        for rows in ("20", "50"):
            client.get(LIST, {"rows": rows})
            with CaptureQueriesContext(connection) as statements:
                client.get(LIST, {"rows": rows})
            told.append(len(statements))
        assert told[0] == told[1]
