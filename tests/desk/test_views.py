"""My work today: what calls me, in which order, and at what cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from desk.views import PAGE, TABS
from grids.actions.posts import end_post, record_leave
from grids.actions.tree import add_unit
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from tests.faces import signed_in, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def today(town, name, **query):
    return signed_in(town, name).get("/", query)


def listed(response):
    """Heading key → issues in their order."""
    return {key: [row.issue for row in rows] for _heading, key, rows in response.context["groups"]}


def urgent(response):
    return [row.issue for row in response.context["urgent"]]


def whistled(town, **given):
    issue = town.report("noise")
    PERFORM["sign"](issue, by=town.people["community_worker"], now=town.now)
    told = {"kind": "quick", "text": "来", "bodies": [town.department]} | given
    PERFORM["whistle"](issue, by=town.people["community_worker"], now=town.now, **told)
    return issue


def test_one_signs_in_first():
    response = visitor().get("/")
    assert response.status_code == 302 and response.url == "/accounts/login/?next=/"


@pytest.mark.parametrize("address", ["/", "/?tab=called", "/screen/"])
@pytest.mark.parametrize("asked", ["to sign in", "to choose a password"])
def test_a_page_that_renews_itself_is_loaded_whole_when_something_is_asked_first(town, address, asked):
    """It would find no list on the page where one signs in, and put nothing in its place."""
    client = visitor() if asked == "to sign in" else signed_in(town, "grid_worker")
    User.objects.update(must_change_password=True)
    response = client.get(address, headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["HX-Refresh"] == "true"
    assert client.get(address).status_code == 302


# --- mine ---
def test_grouped_by_the_day(town):
    late = town.report(now=town.now - timedelta(days=5))
    due_today = town.report()
    later = town.report(now=town.now - timedelta(hours=1))
    PERFORM["sign"](later, by=town.people["grid_worker"], now=town.now)
    done = town.report()
    PERFORM["sign"](done, by=town.people["grid_worker"], now=town.now)
    PERFORM["submit_result"](done, by=town.people["grid_worker"], now=town.now, outcome="solved", text="好了")
    response = today(town, "grid_worker")
    assert listed(response) == {"late": [late], "today": [due_today], "later": [later], "resident": [done]}
    content = response.content.decode()
    assert content.index("Overdue") < content.index("Due today") < content.index("Waiting for the resident")
    assert "overdue since March 5" in content and "due today 12:00" in content


def test_danger_stands_first_in_its_group(town):
    plain = town.report(now=town.now - timedelta(days=5))
    danger = town.report("fire", now=town.now - timedelta(minutes=10))
    assert listed(today(town, "grid_worker"))["late"] == [danger, plain]


def test_what_is_handled_elsewhere_is_not_mine(town):
    issue = town.report("noise")
    assert listed(today(town, "grid_worker")) == {}
    assert listed(today(town, "community_worker")) == {"today": [issue]}
    assert listed(today(town, "far_secretary")) == {}


def test_a_body_has_its_own(town):
    issue = town.report("permit")
    dispatcher = {"by": town.people["district_dispatcher"], "now": town.now}
    PERFORM["dispatch"](issue, body=town.department, **dispatcher)
    assert [issue] in listed(today(town, "body_officer")).values()


def test_ended_ones_are_off_the_list(town):
    issue = town.report("other")
    PERFORM["reject"](issue, by=town.people["community_worker"], now=town.now, channel="法院", text="诉讼")
    assert listed(today(town, "community_worker")) == {}


def test_nothing_to_do_is_said_kindly(town):
    content = today(town, "grid_worker").content.decode()
    assert "Nothing waits for you" in content and 'href="/report/"' in content


def test_without_a_post(town):
    town.person("newcomer")
    content = today(town, "newcomer").content.decode()
    assert "You hold no post at present" in content
    assert "no lists on these pages" in today(town, "system_admin").content.decode()


def test_the_one_above_covers_a_vacancy(town):
    issue = town.report()
    end_post(town.posts["grid_worker"], by=None, now=town.now)
    assert listed(today(town, "community_worker")) == {}
    end_post(town.posts["grid_chief"], by=None, now=town.now)
    assert listed(today(town, "community_worker")) == {"today": [issue]}
    assert listed(today(town, "street_dispatcher")) == {}


def test_the_deputy_covers_a_leave(town):
    issue = town.report()
    assert listed(today(town, "grid_worker_deputy")) == {}
    start, end = town.now - timedelta(hours=1), town.now + timedelta(days=2)
    record_leave(town.posts["grid_worker"], starts_at=start, ends_at=end, by=None, now=town.now)
    assert listed(today(town, "grid_worker_deputy")) == {"today": [issue]}


def test_the_deputy_sees_what_nobody_answered(town, monkeypatch):
    issue = town.report()
    late = town.now + timedelta(hours=4, minutes=1)
    sweep_once(now=late)
    stop_clock(monkeypatch, late)
    assert listed(today(town, "grid_worker_deputy")) == {"late": [issue]}


# --- called ---
def test_whistles_come_first(town):
    issue = whistled(town)
    response = today(town, "body_officer")
    assert urgent(response) == [issue] and "Quick whistle" in response.content.decode()
    assert listed(today(town, "body_officer", tab="called")) == {"today": [issue]}


def test_a_whistle_that_is_done_waits_for_nobody(town):
    issue = whistled(town)
    officer = {"by": town.people["body_officer"], "now": town.now}
    PERFORM["report_in"](issue.callees.get(), mode="on_spot", **officer)
    PERFORM["done"](issue.callees.get(), text="好了", **officer)
    assert urgent(today(town, "body_officer")) == []
    assert "Nobody has whistled" in today(town, "body_officer", tab="called").content.decode()


def test_whistles_of_others_are_not_shown(town):
    whistled(town)
    assert urgent(today(town, "utility_officer")) == []
    assert listed(today(town, "utility_officer", tab="called")) == {}


def test_danger_calls_three_levels_until_somebody_takes_it(town):
    issue = town.report("fire")
    assert urgent(today(town, "grid_worker")) == []
    assert listed(today(town, "grid_worker"))["today"] == [issue]
    for name in ("community_worker", "street_dispatcher"):
        assert urgent(today(town, name)) == [issue]
    assert urgent(today(town, "far_dispatcher")) == []
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    assert urgent(today(town, "community_worker")) == []


# --- the other lists ---
def test_registered_by_me_newest_first_ended_ones_too(town):
    worker = town.people["grid_worker"]
    older = town.report(by=worker, source="patrol", now=town.now - timedelta(days=2))
    newer = town.report("other", by=worker, source="patrol")
    PERFORM["reject"](newer, by=town.people["community_worker"], now=town.now, channel="法院", text="诉讼")
    town.report()
    response = today(town, "grid_worker", tab="registered")
    assert [row.issue for _h, _k, rows in response.context["groups"] for row in rows] == [newer, older]


def test_what_i_took_on_in_person_until_it_ends(town):
    leader, worker = town.people["street_leader"], town.people["grid_worker"]
    issue = town.report()
    town.report()
    PERFORM["sign"](issue, by=worker, now=town.now)
    PERFORM["lead"](issue, by=leader, now=town.now)
    assert listed(today(town, "street_leader", tab="led")) == {"later": [issue]}
    assert listed(today(town, "street_dispatcher", tab="led")) == {}
    PERFORM["withdraw"](issue, by=None, now=town.now)
    assert listed(today(town, "street_leader", tab="led")) == {}


def test_my_area_is_what_i_may_see(town):
    issue = town.report()
    far = town.report(place=town.far_building)
    assert [issue] in listed(today(town, "supervisor", tab="around")).values()
    assert [issue] in listed(today(town, "building_head", tab="around")).values()
    assert [far] in listed(today(town, "far_dispatcher", tab="around")).values()


@pytest.mark.parametrize(
    ("name", "tabs"),
    [
        ("grid_worker", ["mine", "called", "asked", "registered", "around"]),
        ("body_officer", ["mine", "called", "asked"]),
        ("spotter", ["mine", "registered"]),
        ("building_head", ["mine", "registered", "around"]),
        ("supervisor", ["around"]),
        ("district_dispatcher", ["mine", "called", "asked", "led", "calls", "registered", "around"]),
        ("audit_admin", []),
    ],
)
def test_everybody_gets_the_lists_of_use_to_them(town, name, tabs):
    found = [tab.key for tab in today(town, name).context["tabs"]]
    assert found == [key for key in tabs if key != "mine" or name not in {"spotter", "building_head"}]


def test_a_post_that_only_reports_adds_nothing_to_do(town):
    issue = town.report()
    town.appoint("far_worker", "part_time_grid_worker", town.grid)
    assert listed(today(town, "far_worker")) == {}
    assert signed_in(town, "far_worker").get(f"/i/{issue.code}/").status_code == 404


@pytest.mark.parametrize("name", ["grid_worker", "community_worker", "street_dispatcher", "body_officer"])
def test_what_is_listed_can_be_opened(town, name):
    whistled(town)
    for category in ("litter", "noise", "road", "fire"):
        town.report(category)
    client = signed_in(town, name)
    for tab in ("mine", "called", "registered", "around"):
        response = client.get("/", {"tab": tab})
        shown = [issue for issues in listed(response).values() for issue in issues] + urgent(response)
        assert all(client.get(f"/i/{issue.code}/").status_code == 200 for issue in shown)
    assert shown


@pytest.mark.parametrize("query", [{"tab": "nonsense"}, {"page": "999"}, {"page": "x"}])
def test_nonsense_in_the_address_shows_the_first_list(town, query):
    issue = town.report()
    assert listed(today(town, "grid_worker", **query)) == {"today": [issue]}


def test_every_tab_has_its_words():
    assert all(tab.label and tab.empty for tab in TABS)


def test_page_by_page(town):
    for _number in range(PAGE + 1):
        town.report()
    client = signed_in(town, "grid_worker")
    first, second = client.get("/"), client.get("/", {"tab": "mine", "page": "2"})
    assert len(first.context["page"]) == PAGE and len(second.context["page"]) == 1
    assert "?tab=mine&amp;page=2" in first.content.decode()


# --- cost ---
@pytest.mark.parametrize("tab", [tab.key for tab in TABS])
def test_the_cost_does_not_grow_with_the_list(town, tab):
    client = signed_in(town, "community_worker")

    def fill():
        town.report("noise", by=town.people["community_worker"], source="patrol")
        town.report("fire")
        whistled(town, kind="emergency", bodies=[], units=[town.street])

    def cost():
        client.get("/", {"tab": tab})
        with CaptureQueriesContext(connection) as captured:
            client.get("/", {"tab": tab})
        return len(captured)

    fill()
    one = cost()
    for _more in range(2):
        fill()
    assert cost() == one


def test_strict_policy_and_no_inline_code(town):
    response = today(town, "grid_worker")
    content = response.content.decode()
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "<script>" not in content and " style=" not in content and "django_htmx/htmx" in content


def test_the_way_to_everything_else(town):
    content = today(town, "grid_worker").content.decode()
    for words in (
        'href="/report/"',
        'href="/notices/"',
        'action="/accounts/logout/"',
        'action="/i18n/setlang/"',
    ):
        assert words in content, words


# --- one way for all of a building ---
def test_what_is_at_one_building_stands_together(town):
    third = add_unit(town.grid, code="22010300100100003", name="3号楼", by=None, now=town.now)
    first = town.report(now=town.now - timedelta(minutes=50))
    elsewhere = town.report(place=third, now=town.now - timedelta(minutes=40))
    again = town.report(now=town.now - timedelta(minutes=30))
    response = today(town, "grid_worker")
    assert listed(response) == {"today": [first, again, elsewhere]}
    heads = [row.at for _heading, _key, rows in response.context["groups"] for row in rows]
    assert heads == [first.place_label, "", ""]
    assert f"<h3>{first.place_label}</h3>" in response.content.decode()
