"""A day of volunteering on three phones, by taps alone: somebody signs up, takes a place, checks in with the code of the
moment and gets a good for the points; the leader of the team plans, shows the code and hands in the hours; the community
worker confirms them, settles the activity and hands the good out."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
WORKER, PASSWORD = "community_secretary", "only-for-this-test-42"
DEED = "演示数据：把楼道里的旧家具搬走，请自带手套"
# A team with a leader of its own, and a good at the community's station.
TEAM = """
from django.utils import timezone
from grids.models import Unit
from volunteers.actions.facts import Person
from volunteers.actions.goods import add_good
from volunteers.actions.people import sign_up_with_account
from volunteers.actions.teams import open_team, set_leader
from volunteers.models import Station
now, unit = timezone.now(), Unit.objects.get(code={code!r})
team = open_team(unit, name="演示·{one}", topic="environment", by=None, now=now)
person = Person(name="演示·队长", phone="13800000000", alias="演示·队长{one}")
leader = sign_up_with_account(unit, person, username={leader!r}, password={password!r}, now=now)
set_leader(team, leader=leader, by=None, now=now)
station = Station.objects.open().filter(unit=unit).order_by("pk")[0]
good = add_good(station, name="演示·肥皂{one}", price=1, stock=1, by=None, now=now)
result = [team.pk, station.pk, good.pk]
"""
# The activity takes place now, whatever the time of the day: half of it is over.
SOON = """
from datetime import timedelta
from django.utils import timezone
from volunteers.models import Activity, Shift
now, one = timezone.now(), {pk}
times = dict(starts_at=now - timedelta(minutes=30), ends_at=now + timedelta(minutes=30))
rows = [Activity.objects.filter(pk=one), Shift.objects.filter(activity=one)]
result = [each.update(**times) for each in rows]
"""


def send(page: Page) -> None:
    """Press the page's one wide button; nothing is refused."""
    page.locator("form[data-once] button.wide").click()
    page.wait_for_load_state()
    assert page.locator("[role=alert]:visible").all_inner_texts() == []


def tap(page: Page, action: str) -> None:
    """Press the form of this address, which a fold may hide."""
    form = page.locator(f"form[action$='{action}']")
    form.evaluate("one => one.closest('details') && (one.closest('details').open = true)")
    form.locator("button").click()
    expect(page.locator(".messages .message.success")).to_be_visible()


def home(stack: LiveStack) -> str:
    """The code of the community whose worker it is."""
    return stack.credentials["users"][WORKER]["unit_code"]


def test_from_the_sign_up_to_the_good(people: People) -> None:
    stack, base, one = people.stack, people.stack.base_url, uuid4().hex[:8]
    code, leader_name = home(stack), f"leader.{one}"
    told = {"code": code, "one": one, "leader": leader_name, "password": PASSWORD}
    team, station, good = stack.python(TEAM.format(**told))

    # The leader plans it for tomorrow, and opens it.
    leader = people.page("leader")
    people.sign_in(leader, {"username": leader_name, "password": PASSWORD}, "/accounts/login/")
    leader.goto(f"{base}/volunteers/teams/{team}/")
    leader.get_by_role("link", name="发起活动").click()
    tomorrow = timezone.localdate() + timedelta(days=1)
    answers = {
        "title": f"演示·清楼道{one}",
        "what": DEED,
        "place": "演示·西门",
        "day": f"{tomorrow:%Y-%m-%d}",
    }
    for name, value in (answers | {"begins": "09:00", "ends": "10:00", "places": "2"}).items():
        leader.locator(f"[name={name}]").fill(value)
    send(leader)
    tap(leader, "/open/")
    activity = int(leader.url.rstrip("/").rpartition("/")[2])

    # A neighbour signs up as a volunteer, finds it and takes a place.
    helper = people.page("helper")
    helper.goto(f"{base}/volunteers/at/{code}/")
    helper.locator(f"a[href$='/at/{code}/join/']").click()
    facts = {
        "name": "演示·邻居",
        "phone": "13800000001",
        "alias": f"演示·邻居{one}",
        "username": f"helper.{one}",
    }
    for name, value in (facts | {"password1": PASSWORD, "password2": PASSWORD}).items():
        helper.locator(f"[name={name}]").fill(value)
    helper.locator("[name=consents]").check()
    send(helper)
    helper.goto(f"{base}/volunteers/at/{code}/activities/")
    helper.get_by_text(answers["title"]).first.click()
    helper.locator("a[href*='/shifts/']").first.click()
    send(helper)
    assert _states(stack, activity) == ["in"]

    # The day has come: the code of the moment on the leader's phone, typed on the helper's.
    assert stack.python(SOON.format(pk=activity)) == [1, 1]
    leader.goto(f"{base}/volunteers/run/{activity}/")
    leader.get_by_role("link", name="展示签到码").click()
    shown = leader.locator("code").inner_text()
    helper.goto(f"{base}/volunteers/activities/{activity}/check-in/")
    helper.locator("[name=code]").fill(shown)
    send(helper)
    leader.goto(f"{base}/volunteers/run/{activity}/")
    if leader.locator("form[action$='/begin/']").count():
        tap(leader, "/begin/")
    expect(leader.locator("form[action*='/check_out/']")).to_have_count(1)
    tap(leader, "/end/")
    leader.goto(f"{base}/volunteers/run/{activity}/hours/")
    leader.locator("input[type=number]").first.fill("60")
    send(leader)

    # Somebody else confirms the hours and settles it.
    worker = people.page(WORKER)
    worker.goto(f"{base}/volunteers/run/{activity}/hours/")
    tap(worker, "/confirm/")
    worker.goto(f"{base}/volunteers/run/{activity}/settle/")
    worker.locator("textarea[name=result]").fill("演示数据：两层楼道清空了")
    send(worker)
    rows = "SELECT state, minutes FROM volunteers_service WHERE activity_id = %s"
    assert stack.query(rows, (activity,)) == [("confirmed", 60)]

    # The hours bring points; for one of them there is a good.
    def has_points() -> int:
        helper.goto(f"{base}/volunteers/goods/{good}/")
        return helper.locator(f"a[href$='/goods/{good}/reserve/']").count()

    wait_for(has_points, "the points are booked")
    helper.locator(f"a[href$='/goods/{good}/reserve/']").click()
    send(helper)
    helper.goto(f"{base}/volunteers/mine/goods/")
    digits = helper.locator(".digits").first.inner_text()
    worker.goto(f"{base}/volunteers/stations/{station}/counter/")
    worker.locator("[name=code]").fill(digits)
    send(worker)
    expect(worker.get_by_text(f"演示·肥皂{one}").first).to_be_visible()
    expect(worker.get_by_text(f"演示·邻居{one}").first).to_be_visible()
    ((state, stock),) = stack.query(
        "SELECT r.state, g.stock FROM volunteers_redemption r JOIN volunteers_good g ON g.id = r.good_id WHERE g.id = %s",
        (good,),
    )
    assert (state, stock) == ("collected", 0)
    assert people.problems == []
    assert people.strangers == []


def _states(stack: LiveStack, activity: int) -> list[str]:
    """Of the sign-ups of an activity."""
    rows = stack.query("SELECT state FROM volunteers_signup WHERE activity_id = %s ORDER BY id", (activity,))
    return [state for (state,) in rows]
