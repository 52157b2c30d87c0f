"""The command centre: who sees what of it, what it says, and what it never says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import escape

from desk.screen_feed import MAY_END, SENTENCES, told_as
from desk.screen_shapes import HOURS, Part, curve_of, map_of, step_of, steps_of, tiles_of
from grids.models import Unit
from issues.actions import Contact
from issues.lifecycle import VERB
from issues.models import Issue
from issues.tasks import fold_figures
from tests.builders import Town, add_west
from tests.faces import signed_in, stop_clock, visitor
from tests.issues.acting import Acting
from tests.issues.plainly_counted import fold_all, settled
from trail.models import Heartbeat

__all__ = ["settled"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled")]
TYPED, WHO, PHONE = "演示:谁也不该在墙上读到这句话", "演示李四", "13912345678"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def act(town: Town, monkeypatch: pytest.MonkeyPatch) -> Acting:
    stop_clock(monkeypatch, town.now)
    return Acting(town, town.now)


def at(monkeypatch: pytest.MonkeyPatch, act: Acting) -> None:
    """The faces read the clock of `act`, and all is folded."""
    stop_clock(monkeypatch, act.now)
    fold_all(act.now)
    Heartbeat.objects.update_or_create(name="figures", defaults={"at": act.now})


def to_the_desk(town: Town, name: str) -> None:
    """The person opens the staff admin."""
    town.people[name].is_staff = True
    town.people[name].save()


def shown(client: Client, path: str = "/screen/") -> Any:
    return client.get(path).context["screen"]


def numbers(screen: Any) -> dict[str, int]:
    return {one.key: one.number for one in screen.numbers}


def test_the_six_are_what_the_lists_behind_them_hold(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    act.handling()
    act.later(days=8)
    town.report("fire", now=act.now)
    issue = act.handling("noise", "community_worker")
    act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    ended = act("submit_result", act.handling(), "grid_worker")
    act("rate", ended, None, answered=True, solved=True, satisfied=True)
    at(monkeypatch, act)
    to_the_desk(town, "street_dispatcher")
    client = signed_in(town, "street_dispatcher")
    screen = shown(client)
    assert screen.unit == town.street
    assert numbers(screen) == {"open": 3, "late": 1, "reports": 3, "closings": 1, "whistles": 1, "danger": 1}
    for one in screen.numbers:
        page = client.get(one.link)
        assert (page.status_code, page.context["page"].paginator.count) == (200, one.number), one.key
    (part, other) = screen.parts
    assert (part.name, part.open, part.late, part.whistles, part.dangers) == ("天光社区", 3, 1, 1, 1)
    assert (other.name, other.open) == ("长新社区", 0)
    counted = {"open": part.open, "late": part.late, "whistles": part.whistles, "danger": part.dangers}
    assert counted == {what: rows(client, link) for what, link in part.lists.items()}
    assert [one.number for one in screen.whistles] == [1, 0, 0]
    assert [rows(client, one.link) for one in screen.whistles] == [1, 0, 0]
    content = client.get("/screen/").content.decode()
    for link in (*part.lists.values(), screen.calls[0].link, *(one.link for one in screen.whistles)):
        assert f'href="{escape(link)}"' in content
    assert screen.calls[0].category == "noise" and screen.calls[0].due.kind != "late"
    assert screen.curve.so_far == 3 and screen.curve.usual_so_far == 0.0


def rows(client: Client, link: str) -> int:
    """How many the list behind a number has."""
    return client.get(link).context["page"].paginator.count


def test_every_kind_of_whistle_has_its_own_list(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, times in (("quick", 2), ("emergency", 1)):
        for _unused in range(times):
            issue = act.handling("noise", "community_worker")
            act("whistle", issue, "community_worker", kind=kind, bodies=[town.office])
    at(monkeypatch, act)
    to_the_desk(town, "street_dispatcher")
    client = signed_in(town, "street_dispatcher")
    whistles = {one.key: one for one in shown(client).whistles}
    assert {key: one.number for key, one in whistles.items()} == {"quick": 2, "tough": 0, "emergency": 1}
    assert {key: rows(client, one.link) for key, one in whistles.items()} == {
        "quick": 2,
        "tough": 0,
        "emergency": 1,
    }


def test_each_line_of_the_curve_has_its_list(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (0, 1, 7):
        act.later(days=days)
        act.handling()
    at(monkeypatch, act)
    to_the_desk(town, "street_dispatcher")
    client = signed_in(town, "street_dispatcher")
    page = client.get("/screen/")
    today, before = page.context["screen"].hours
    assert page.context["screen"].curve.so_far == 1
    assert (rows(client, today), rows(client, before)) == (1, 1), (
        "today, and the seven days before, not the eighth"
    )
    for link in (today, before):
        assert f'href="{escape(link)}"' in page.content.decode()


def test_at_a_grid_its_shape_leads_to_what_is_open_there(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    act.handling()
    at(monkeypatch, act)
    to_the_desk(town, "grid_worker")
    client = signed_in(town, "grid_worker")
    page = client.get("/screen/")
    (shape,) = page.context["screen"].tiles
    assert shape.part.link == "" and rows(client, shape.part.way) == 1
    assert f'id="tile-{town.grid.code}" href="{escape(shape.part.way)}"' in page.content.decode()


@pytest.mark.parametrize("ended", [False, True])
def test_a_small_unit_has_its_own_feed_however_loud_the_others_are(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    issue = act.handling("litter", "grid_worker")
    if ended:
        act("submit_result", issue, "grid_worker")
        act("rate", Issue.objects.get(pk=issue.pk), None, answered=True, solved=True, satisfied=True)
    for _unused in range(3):
        act.later(minutes=5)
        town.report("litter", place=town.other_building, now=act.now)
    monkeypatch.setattr("desk.screen.LOOKED_THROUGH", 4)
    at(monkeypatch, act)
    told = shown(signed_in(town, "grid_worker")).feed
    assert len(told) >= 2 and ("closed" in told[0].words) is ended
    assert all(town.other_grid.name not in one.words for one in told)
    assert [one.at for one in told] == sorted((one.at for one in told), reverse=True)
    assert len({(one.at, one.words) for one in told}) == len(told), "each once"


def test_who_is_not_at_the_desk_is_led_to_the_phone_pages(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = act.handling()
    act.later(days=9)
    at(monkeypatch, act)
    client = signed_in(town, "grid_worker")
    screen = shown(client)
    assert [line.link for line in screen.late] == [f"/i/{issue.code}/"]
    assert not any((*screen.hours, *(one.link for one in screen.numbers)))
    assert "/admin/" not in client.get("/screen/").content.decode()


def test_down_to_the_grid_and_no_further(town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    act.handling()
    at(monkeypatch, act)
    client, path = signed_in(town, "street_dispatcher"), "/screen/"
    for kind in ("street", "community", "grid"):
        page = client.get(path)
        screen = page.context["screen"]
        assert screen.unit.kind == kind and page.status_code == 200
        path = next((part.link for part in screen.parts if part.open), "")
    assert path == "" and [part.pk for part in screen.parts] == [town.grid.pk]
    assert [unit.pk for unit, _link in screen.crumbs] == [town.street.pk, town.community.pk, town.grid.pk]
    assert client.get(f"/screen/{town.building.code}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("district_dispatcher", "district"),
        ("supervisor", "street"),
        ("community_secretary", "community"),
        ("grid_worker", "grid"),
    ],
)
def test_everybody_begins_at_the_top_of_what_they_read(town: Town, name: str, unit: str) -> None:
    page = signed_in(town, name).get("/screen/")
    assert page.context["screen"].unit == getattr(town, unit)
    assert [one.pk for one, _link in page.context["screen"].crumbs] == [getattr(town, unit).pk]


@pytest.mark.parametrize(
    "name", ["spotter", "building_head", "office_officer", "system_admin", "audit_admin"]
)
def test_not_for_those_who_read_nothing_below(town: Town, name: str) -> None:
    client = signed_in(town, name)
    assert client.get("/screen/").status_code == 403
    assert client.get(f"/screen/{town.grid.code}/").status_code == 404


def test_a_foreign_unit_is_as_one_that_does_not_exist(town: Town) -> None:
    add_west(town)
    asked = (
        ("far_dispatcher", town.street),
        ("street_dispatcher", town.other_street),
        ("street_dispatcher", town.district),
        ("west_dispatcher", town.district),
        ("west_dispatcher", town.grid),
    )
    for name, unit in asked:
        client = signed_in(town, name)
        assert client.get(f"/screen/{unit.code}/").status_code == 404, (name, unit)
        assert client.get("/screen/999999/").status_code == 404
    assert visitor().get("/screen/").status_code == 302
    gone = visitor().get("/screen/", headers=HTMX)
    assert (gone.status_code, gone.headers["HX-Refresh"]) == (204, "true")


def test_nothing_that_anybody_typed_and_nobody_s_name(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = Contact(name=WHO, phone=PHONE)
    issue = act.handling("noise", "community_worker", text=TYPED, spot=TYPED, contact=contact)
    act("note", issue, "community_worker", text=TYPED)
    act("whistle", issue, "community_worker", kind="quick", bodies=[town.office], text=TYPED)
    late = act.handling(text=TYPED, contact=contact)
    act.later(days=9)
    act("supervise", late, "street_dispatcher", text=TYPED, until=(act.now + timedelta(days=5)).date())
    at(monkeypatch, act)
    page = signed_in(town, "street_dispatcher").get("/screen/")
    content, screen = page.content.decode(), page.context["screen"]
    assert screen.late and screen.calls and screen.feed
    assert [line.supervised for line in screen.late if line.number == late.number] == [True]
    for told in (TYPED, WHO, PHONE, PHONE[-4:], "演示"):
        assert told not in content.replace("演示noise", "").replace("演示litter", ""), told
    for person in town.people.values():
        assert person.display_name not in content, person
    assert town.building.name not in content


def test_complaints_about_somebody_count_nowhere_and_are_nowhere(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.report(about=town.grid)
    act.later(days=30)
    at(monkeypatch, act)
    screen = shown(signed_in(town, "district_dispatcher"))
    assert set(numbers(screen).values()) == {0} and not screen.late and not screen.feed


def test_disputes_count_and_no_line_is_told_of_them(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = act.handling()
    act("correct", issue, "grid_worker", kind="dispute")
    act.later(days=9)
    at(monkeypatch, act)
    page = signed_in(town, "street_dispatcher").get("/screen/")
    screen, content = page.context["screen"], page.content.decode()
    assert numbers(screen)["late"] == 1 and not screen.late and not screen.feed
    assert "Overdue 1, supervised by letter 0: counted" in content and "Well done" not in content


def test_only_where_the_figure_is_nothing_it_is_praised(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(town, "street_dispatcher")
    at(monkeypatch, act)
    calm = client.get("/screen/").content.decode()
    assert "Well done" in calm and "Nobody is called at the moment." in calm
    issue = act.handling("noise", "community_worker", kind="dispute")
    act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    act("supervise", issue, "street_dispatcher", until=(act.now + timedelta(days=5)).date())
    at(monkeypatch, act)
    page = client.get("/screen/")
    screen, content = page.context["screen"], page.content.decode()
    assert not (screen.late or screen.calls) and numbers(screen)["late"] == 0
    assert "Overdue 0, supervised by letter 1: counted" in content and "Well done" not in content
    assert "Whistles running 1: counted" in content and "Nobody is called" not in content


def test_what_may_not_be_told_takes_no_other_s_line(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disputes due first, as many as there are lines, and one matter behind them."""
    monkeypatch.setattr("desk.screen.MOST_CALLS", 2)
    monkeypatch.setattr("desk.screen.MOST_LATE", 2)
    for kind in ("dispute", "dispute", ""):
        issue = act.handling("noise", "community_worker", kind=kind)
        act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        act("supervise", issue, "street_dispatcher", until=(act.now + timedelta(days=5)).date())
        act.later(days=1)
    at(monkeypatch, act)
    screen = shown(signed_in(town, "street_dispatcher"))
    assert numbers(screen)["whistles"] == 3
    assert [line.number for line in screen.calls] == [issue.number]
    assert [(line.number, line.supervised) for line in screen.late] == [(issue.number, True)]


def test_the_questions_do_not_grow_with_the_issues(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:

    def one_more() -> None:
        issue = act.handling("noise", "community_worker")
        act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        act.handling()
        act.later(days=9)

    asked = []
    for more in (1, 3):
        for _unused in range(more):
            one_more()
        at(monkeypatch, act)
        # A session does not last for weeks.
        client = signed_in(town, "street_dispatcher")
        client.get("/screen/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/screen/").context["screen"].late
        asked.append(len(seen))
    assert asked[0] == asked[1], asked
    assert asked[0] <= 24


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_in_both_languages_and_without_script(
    town: Town, act: Acting, language: str, monkeypatch: Any
) -> None:
    act.handling()
    at(monkeypatch, act)
    client = signed_in(town, "street_dispatcher")
    client.cookies["django_language"] = language
    page = client.get("/screen/")
    words = {"zh-hans": ("指挥中心", "当前在办"), "en": ("Command centre", "Open now")}[language]
    content = page.content.decode()
    assert all(word in content for word in words)
    assert '<meta http-equiv="refresh" content="10">' in content and " style=" not in content
    part = client.get("/screen/", headers=HTMX).content.decode()
    assert part.lstrip().startswith('<div id="screen"') and "<html" not in part
    held = client.get("/screen/?hold=1").content.decode()
    assert "hx-get" not in held and "http-equiv" not in held


def test_that_nobody_counts_is_said(town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(town, "street_dispatcher")
    assert shown(client).stale
    fold_figures()
    at(monkeypatch, act)
    assert not shown(client).stale
    stop_clock(monkeypatch, act.now + timedelta(minutes=2))
    assert shown(client).stale


def test_a_wall_that_hears_nothing_any_more_says_so_without_script(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each part that is swapped, hidden until nothing has come for 30 seconds; one that holds still waits for none."""
    at(monkeypatch, act)
    client = signed_in(town, "street_dispatcher")
    notice = '<p class="lost" role="alert">Nothing new has arrived for 30 seconds'
    for headers in ({}, HTMX):
        assert client.get("/screen/", headers=headers).content.decode().count(notice) == 1
    assert 'class="lost"' not in client.get("/screen/?hold=1").content.decode()
    style = b"".join(visitor().get("/static/css/screen.css").streaming_content).decode()
    assert re.search(r"\.lost \{[^}]*visibility: hidden; animation: lost 1ms 30s forwards; \}", style)
    assert "@keyframes lost { to { visibility: visible; } }" in style


def test_in_the_menu_of_those_who_may_look(town: Town) -> None:
    for name, there in (("street_dispatcher", True), ("system_admin", False)):
        to_the_desk(town, name)
        assert ('href="/screen/"' in signed_in(town, name).get("/admin/").content.decode()) is there


def test_a_map_where_there_are_boundaries_and_tiles_where_not(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    square = [[125.3, 43.9], [125.4, 43.9], [125.4, 44.0], [125.3, 44.0], [125.3, 43.9]]
    Unit.objects.filter(pk=town.grid.pk).update(boundary={"type": "Polygon", "coordinates": [square]})
    act.handling()
    at(monkeypatch, act)
    page = signed_in(town, "community_worker").get("/screen/")
    screen = page.context["screen"]
    assert [shape.part.pk for shape in screen.map.shapes] == [town.grid.pk]
    assert [shape.part.pk for shape in screen.tiles] == [town.other_grid.pk]
    assert screen.map.shapes[0].d.startswith("M") and b'<path class="step-1"' in page.content


def test_every_word_of_the_feed_is_a_verb() -> None:
    known = {*VERB, "report", "alarm", "climb", "chase", "expire", "take_back"}
    assert {*SENTENCES, *MAY_END} <= known
    assert told_as("rate", "closed") == "close" and told_as("rate", "handling") == ""
    assert told_as("note", "closed") == told_as("reveal", None) == ""
    with translation.override("zh-hans"):
        assert all("%(place)s" in str(words) for words, _badge in SENTENCES.values())


def parts(*numbers: int) -> list[Part]:
    return [Part(pk, str(pk), f"第{pk}网格", number, 0, 0, 0) for pk, number in enumerate(numbers)]


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 17, 100])
def test_each_number_has_one_colour_and_the_legend_says_which(most: int) -> None:
    legend = steps_of(range(most + 1))
    for number in range(most + 1):
        (fitting,) = [
            key
            for key in legend
            if key.least <= number and (number <= key.most if key.most is not None else True)
        ]
        assert step_of(number, legend) == fitting.step
    assert tiles_of(parts(0, most), legend)[0].step == 0
    assert map_of(parts(most), legend) is None


def test_the_curve_holds_all_hours_and_stands_where_it_is_now() -> None:
    curve = curve_of([2] * HOURS, [7] * HOURS, hour=10)
    assert len(curve.usual.split()) == HOURS and len(curve.today.split()) == 11
    assert (curve.so_far, curve.usual_so_far) == (22, 11.0)
    assert curve.today.split()[-1] == f"{curve.now[0]},{curve.now[1]}"
    assert curve_of([0] * HOURS, [0] * HOURS, hour=0).levels[-1][1] == 2
