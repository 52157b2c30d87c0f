"""A day of a community worker with volunteering: a wish is reviewed and hours are confirmed on the phone, a good is handed
out over the counter, and at the desk somebody is found for a building for which nobody answered."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.people import People
from tests.browser.test_day_of_volunteer import PASSWORD, send, tap
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
WORKER = "community_worker"
WISH = "演示数据：想要一副老花镜"
# A wish to be reviewed, a volunteer whose hours wait to be confirmed, and a good at the community's station.
# Digits side by side could be taken for a telephone number.
LETTERS = str.maketrans("0123456789", "ghijklmnop")
MORNING = """
from django.utils import timezone
from grids.models import Unit
from volunteers.actions.facts import Person
from volunteers.actions.goods import add_good
from volunteers.actions.hours import propose_service
from volunteers.actions.people import sign_up_with_account
from volunteers.actions.wishes import make_wish
from volunteers.models import Station
now, unit = timezone.now(), Unit.objects.get(code={code!r})
wish, _secret = make_wish(unit=unit, alias="演示·{one}", text={wish!r}, consent=True, by=None, now=now)
person = Person(name="演示·邻居", phone="13800000003", alias="演示·帮手{one}")
who = sign_up_with_account(unit, person, username="hands.{one}", password={password!r}, now=now)
told = dict(on=timezone.localdate(now), minutes=120, what="演示数据：陪老人就医", unit=unit)
service = propose_service(who, by=who.user, now=now, **told)
station = Station.objects.open().filter(unit=unit).order_by("pk")[0]
good = add_good(station, name="演示·水杯{one}", price=1, stock=1, by=None, now=now)
result = [wish.pk, service.pk, who.pk, station.pk, good.pk]
"""
# The volunteer gets it for the points that the hours have brought.
RESERVED = """
from django.utils import timezone
from volunteers.actions.redeem import reserve_good
from volunteers.models import Good, Volunteer
who = Volunteer.objects.get(pk={who})
result = reserve_good(Good.objects.get(pk={good}), volunteer=who, by=who.user, now=timezone.now()).code
"""
# A level at which nobody answers for some building, that building, and an organisation that may.
GAP = """
from django.utils import timezone
from grids.models import Unit
from volunteers.joining import PAIRING_LEVELS
from volunteers.models import Organisation
from volunteers.pairing_querysets import gaps
unit, today = Unit.objects.get(code={code!r}), timezone.localdate()
bare = [(level, one) for level in PAIRING_LEVELS for one in gaps(unit, level, today)[:1]]
level, building = bare[-1]
firm = Organisation.objects.open().filter(district=unit.district_id).order_by("pk")[0]
result = [level, building.pk, building.code, firm.name]
"""


def answering(stack: LiveStack, building: int, level: int) -> int:
    """How many answer for the building at this level."""
    rows = "SELECT count(*) FROM volunteers_pairing WHERE building_id = %s AND level = %s AND ends_on IS NULL"
    ((number,),) = stack.query(rows, (building, level))
    return number


def test_wish_hours_counter_and_a_gap(people: People) -> None:
    stack, base, one = people.stack, people.stack.base_url, uuid4().hex[:8].translate(LETTERS)
    code = stack.credentials["users"][WORKER]["unit_code"]
    told = {"code": code, "one": one, "wish": f"{WISH}{one}", "password": PASSWORD}
    wish, service, who, station, good = stack.python(MORNING.format(**told))
    page, visitor = people.page(WORKER), people.page("visitor")

    # What is wished for is read before everybody else may.
    page.goto(f"{base}/volunteers/wishes/?show=decide")
    expect(page.get_by_role("main")).to_contain_text("演示")
    page.goto(f"{base}/volunteers/wishes/{wish}/")
    page.locator("a[href$='/accept/']").click()
    page.locator("[name=days]").fill("10")
    send(page)
    visitor.goto(f"{base}/volunteers/at/{code}/wishes/")
    expect(visitor.get_by_text(f"{WISH}{one}").first).to_be_visible()

    # Hours beside any activity: what the volunteer says of them, confirmed by somebody else.
    page.goto(f"{base}/volunteers/hours/{service}/")
    expect(page.get_by_text("演示数据：陪老人就医").first).to_be_visible()
    tap(page, "/confirm/")
    assert stack.query("SELECT state, minutes FROM volunteers_service WHERE id = %s", (service,)) == [
        ("confirmed", 120)
    ]

    # They bring points, for which there is a good at the counter.
    held = "SELECT balance FROM volunteers_pointaccount WHERE volunteer_id = %s AND balance > 0"
    wait_for(lambda: stack.query(held, (who,)), "the points are booked")
    digits = stack.python(RESERVED.format(who=who, good=good))
    page.goto(f"{base}/volunteers/stations/")
    page.locator(f"a[href='/volunteers/stations/{station}/counter/']").click()
    page.locator("[name=code]").fill(digits)
    send(page)
    expect(page.get_by_text(f"演示·水杯{one}").first).to_be_visible()
    states = "SELECT state FROM volunteers_redemption WHERE good_id = %s"
    assert stack.query(states, (good,)) == [("collected",)]

    # At the desk: a building for which nobody answers, and the form that pairs it, filled in as far as it is known.
    level, building, its_code, firm = stack.python(GAP.format(code=code))
    page.goto(f"{base}/admin/volunteers/pairing/gaps/?level={level}")
    page.locator(f"a[href*='unit={its_code}&']").first.click()
    form = page.locator("form[action$='/volunteers/pairing/add/']")
    expect(form.locator("[name=new-unit]")).to_have_value(its_code)
    form.locator("[name=new-organisation]").fill(firm)
    form.locator("[type=submit]").last.click()
    expect(page.get_by_text("已完成：").first).to_be_visible()
    assert answering(stack, building, level) == 1
    page.goto(f"{base}/admin/volunteers/pairing/gaps/?level={level}")
    expect(page.locator(f"a[href*='unit={its_code}&']")).to_have_count(0)
    assert people.problems == []
    assert people.strangers == []
