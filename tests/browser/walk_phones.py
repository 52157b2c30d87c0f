"""The phone pages of workers, officers and whoever else has a post."""

import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, Route

from tests.browser.deeds import every_fate, fill, press, refused_with_photo, say_everything
from tests.browser.watch import Stop, Watch

# A link for the wall of a street; its secret is known to whoever made it alone.
WALL = """
from desk.kiosk_actions import make_kiosk
from django.utils import timezone
from grids.models import Unit
unit = Unit.objects.get(code={code!r})
result = make_kiosk("演示：值班大厅", unit=unit, language="zh-hans", by=None, now=timezone.now())[1]
"""
CHAT = "张三 9:05\n演示数据：1号楼二单元门口的路灯不亮 晚上走路看不清"
# Somebody who has signed up by themselves, and leads a team of the demo's community.
VOLUNTEER = """
from django.utils import timezone
from accounts.models import User
from grids.models import Unit
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up_with_account
from volunteers.actions.teams import join_team, set_leader
from volunteers.models import Team, Volunteer
now = timezone.now()
team = Team.objects.open().filter(unit__code__startswith={street!r}).order_by("pk").first()
me = Volunteer.objects.filter(user__username={username!r}).first()
if me is None:
    person = Person(name="演示·志愿者", phone="13800000000", alias="演示·小志")
    me = sign_up_with_account(team.unit, person, username={username!r}, password={password!r}, now=now)
    set_leader(team, leader=me, by=None, now=now)
result = [team.pk, team.unit.code]
"""
# Activities of that team: to come, full, just now, and over with hours confirmed and hours refused; and one that helps
# with an issue.
ACTIVITIES = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.models import User
from issues.models import Issue
from volunteers.actions.activities import NewShift, add_activity, ask_volunteers, end_activity, open_activity
from volunteers.actions.attendance import check_in
from volunteers.actions.hours import confirm_hours, propose_hours, refuse_service
from volunteers.actions.sign_ups import sign_up
from volunteers.models import Activity, Service, SignUp, Team, Volunteer
team = Team.objects.select_related("unit", "leader__user").get(pk={team})
me, by = team.leader, team.leader.user
organiser = User.objects.get(username={secretary!r})
other = Volunteer.objects.active().filter(home=team.unit, user=None).order_by("-pk").first()

def made(title, start, places, *people):
    acts = dict(by=by, now=min(now, start) - timedelta(hours=3))
    texts = dict(title=title, what="演示数据：请自带手套", place="演示·西门")
    shifts = [NewShift(start, start + timedelta(hours=2), places)]
    one = add_activity(unit=team.unit, team=team, shifts=shifts, **texts, **acts)
    open_activity(one, **acts)
    for who in people:
        sign_up(one.shifts.get(), volunteer=who, **acts)
    return one

now, day = timezone.now().replace(second=0, microsecond=0), timedelta(days=1)
if not Activity.objects.filter(title="演示·走访一").exists():
    # In one transaction: the ticks see all of it or nothing.
    with transaction.atomic():
        made("演示·走访一", now + day, 5, me, other)
        made("演示·走访二", now + 2 * day, 1, other)
        made("演示·走访三", now - timedelta(minutes=20), 5, me, other)
        over = made("演示·走访四", now - day, 5, me, other)
        for row in over.sign_ups.order_by("pk"):
            check_in(row, by=by, now=over.starts_at)
        end_activity(over, by=by, now=over.ends_at)
        for one in propose_hours(over, by=by, now=over.ends_at):
            if one.volunteer_id == other.pk:
                refuse_service(one, reason="演示数据：来得晚", by=organiser, now=over.ends_at)
        confirm_hours(over, by=organiser, now=over.ends_at)
coming, full, running, over = [Activity.objects.get(title="演示·走访" + number) for number in "一二三四"]
mine = SignUp.objects.get(activity=coming, volunteer=me)
record = Service.objects.get(activity=over, volunteer=me)
refused = Service.objects.get(activity=over, state="refused")
issue = Issue.objects.open().about_nobody().filter(community=team.unit).order_by("pk")[0]
if not Activity.objects.filter(issue=issue).exists():
    shifts = [NewShift(now + 3 * day, now + 3 * day + timedelta(hours=2), 5)]
    texts = dict(title="演示·走访五", what="演示数据：帮忙清扫")
    ask_volunteers(issue, shifts=shifts, by=organiser, now=now, **texts)
result = [coming.pk, full.shifts.get().pk, running.pk, over.pk, mine.pk, record.pk, refused.pk, issue.code]
"""
# Points of that volunteer, and what they got for some of them: one good that waits, one that was collected, one that is
# out.
GOODS = """
from django.db import transaction
from django.utils import timezone
from accounts.models import User
from trail.models import Event
from volunteers.actions.goods import add_good
from volunteers.actions.points import book_events
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.models import Good, Redemption, Station, Team
team, now = Team.objects.select_related("leader__user").get(pk={team}), timezone.now()
station = Station.objects.open().filter(unit=team.unit).order_by("pk").first()
if not Good.objects.filter(name="演示·杯子").exists():
    with transaction.atomic():
        book_events(list(Event.objects.filter(subject_type="service", verb="confirm").order_by("pk")), now=now)
        told = dict(volunteer=team.leader, by=team.leader.user, now=now)
        cup = add_good(station, name="演示·杯子", about="演示数据：一只", price=5, stock=9, by=None, now=now)
        add_good(station, name="演示·台灯", price=500, by=None, now=now)
        taken = reserve_good(cup, **told)
        collect_good(station, code=taken.code, by=User.objects.get(username={secretary!r}), now=now)
        reserve_good(cup, **told)
cup, lamp = [Good.objects.get(name="演示·" + name) for name in ("杯子", "台灯")]
mine = Redemption.objects.filter(good=cup, account__volunteer=team.leader).order_by("pk")
gone, waits = mine.filter(state="collected")[0], mine.filter(state="reserved")[0]
result = [station.pk, cup.pk, lamp.pk, gone.pk, waits.pk]
"""
# Wishes around that volunteer: to be reviewed, waiting, with them, of their own and said to be fulfilled, with a link.
WISHES = """
from django.utils import timezone
from accounts.models import User
from volunteers.actions.wishes import accept_wish, claim_wish, fulfil_wish, make_wish
from volunteers.models import Team, Volunteer
team = Team.objects.select_related("unit", "leader__user").get(pk={team})
me, by, now = team.leader, User.objects.get(username={secretary!r}), timezone.now()
other = Volunteer.objects.active().filter(home=team.unit, user=None).order_by("-pk").first()

def made(alias, wisher=None):
    given = dict(alias="演示·" + alias, text="演示数据：想要一副老花镜", consent=True, phone="13800000000")
    return make_wish(unit=team.unit, by=wisher, now=now, **given)

def accepted(*told):
    return accept_wish(made(*told)[0], by=by, now=now)

new, secret = made("走访一")
waiting = accepted("走访二")
mine = claim_wish(accepted("走访三"), claimer=me, by=me.user, now=now)
own = claim_wish(accepted("走访四", me.user), claimer=other, by=by, now=now)
fulfil_wish(own, text="演示数据：送到了", by=by, now=now)
result = [new.pk, waiting.pk, mine.pk, own.pk, secret]
"""
# The same volunteer has checked in with two offers, speaks for an organisation, answers for a building, and has two
# statements of service, of which one still opens; in the volunteer's community.
JOINED = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from grids.models import Unit
from volunteers.actions.joining import add_organisation, check_in_member, offer_resource
from volunteers.actions.pairings import note_duty, pair_place
from volunteers.actions.statements import make_statement, revoke_statement
from volunteers.models import CheckIn, Offer, Organisation, Pairing, Statement, Team, Volunteer
now = timezone.now()
team = Team.objects.select_related("unit", "leader__user").get(pk={team})
me, unit = team.leader, team.unit
by = dict(by=User.objects.get(username={secretary!r}), now=now)
own = dict(by=me.user, now=now)
firm = Organisation.objects.filter(name="演示·走访机关").first()
if firm is None:
    told = dict(name="演示·走访机关", kind="agency", district=unit.district, speaker=me.user)
    firm = add_organisation(**told, **by)
checkin = CheckIn.objects.current().own(me.user, now).filter(unit=unit, side="member").first()
if checkin is None:
    checkin = check_in_member(unit=unit, volunteer=me, employer=firm, **own)
    offer_resource(checkin, kind="skill", words="演示数据：讲解用电安全", minutes=120, **own)
offer = checkin.offers.filter(withdrawn_at=None).order_by("pk").first()
building = Unit.objects.open().at("building").filter(community=unit)[0]
pairing = Pairing.objects.filter(official=me.user).first()
if pairing is None:
    pairing = pair_place(building, level=3, official=me.user, **by)
    note_duty(pairing, "firm", done_on=timezone.localdate(now), note="演示：合同", **own)
days = dict(since=timezone.localdate(now) - timedelta(days=30), until=timezone.localdate(now), by_name=False)
revoke_statement(make_statement(me, **days, **own)[0], **own)
for one in Statement.objects.filter(volunteer=me).live(now):
    revoke_statement(one, **own)
live, secret = make_statement(me, **days, **own)
result = [checkin.pk, offer.pk, pairing.pk, live.pk, secret]
"""
# Sort of part → the verb whose form is opened at its own address.
PARTS = {"callee": "acknowledge", "task": "take_task", "decision": "grant"}


def stops(watch: Watch) -> Iterator[Stop]:
    for role in ("grid_worker", "body_officer", "spotter", "building_head", "supervisor", "audit_admin"):
        yield Stop(f"today of {role}", "/", role)
    for tab in ("called", "registered", "around"):
        yield Stop(f"today, {tab}", f"/?tab={tab}", "grid_worker")
    yield Stop("today, to be called back", "/?tab=calls", "street_dispatcher")
    yield Stop("inbox", "/notices/", "grid_worker")
    yield Stop("my notices", "/notices/mine/", "grid_worker")
    yield Stop("my notices saved", "/notices/mine/", "grid_worker", go=press("form[data-once] button"))
    yield Stop("inbox of nobody", "/notices/", "spotter")
    yield Stop("report", "/report/", "grid_worker")
    yield Stop("report of a visit", "/report/?source=visit", "grid_worker")
    yield Stop("report of a street", "/report/", "street_dispatcher")
    yield Stop("report refused", "/report/", "grid_worker", 422, press("form[data-once] button"))
    yield Stop("report refused, its photo kept", "/report/", "grid_worker", 422, refused_with_photo)
    yield Stop("report of a spotter", "/report/", "spotter")
    scan = watch.stack.credentials["resident_url"].removeprefix(watch.base)
    yield Stop("scanned on duty", scan, "grid_worker")
    yield Stop("outside", "/outside/", "grid_worker")
    yield Stop("outside refused", "/outside/", "grid_worker", 422, press("main form button"))
    yield Stop("chat", "/report/chat/", "grid_worker")
    yield Stop("chat refused", "/report/chat/", "grid_worker", 422, press("main form button"))
    yield Stop("chat read", "/report/chat/", "grid_worker", go=fill("main form button", pasted=CHAT))
    yield Stop("my grid", "/grid/", "grid_worker")
    building = watch.one(
        "SELECT b.code FROM grids_unit b JOIN grids_unit g ON g.id = b.grid_id WHERE g.code = %s AND b.kind = 'building' "
        "AND b.closed_at IS NULL ORDER BY b.code LIMIT 1",
        watch.stack.credentials["users"]["grid_worker"]["unit_code"],
    )
    yield Stop("a building of my grid", f"/grid/?building={building}", "grid_worker")
    yield Stop("no grid of mine", "/grid/", "body_officer", 403)
    yield Stop("outbox", "/outbox/", "grid_worker")
    yield Stop("outbox with everything", "/outbox/", "grid_worker", go=every_fate)
    yield Stop("what a phone says without a net", "/report/", "grid_worker", go=say_everything)
    yield Stop("no net", "/offline/")
    yield Stop("sign in", "/accounts/login/")
    yield Stop("my password", "/accounts/password/", "grid_worker")
    yield Stop("my password refused", "/accounts/password/", "grid_worker", 422, press("form.card button"))
    yield Stop("a new token", "/accounts/tokens/", "grid_worker", go=press("form[data-once] button"))
    yield Stop("my calendar", "/accounts/calendar/", "grid_worker")
    yield Stop("my calendar made", "/accounts/calendar/", "grid_worker", go=press("form[data-once] button"))
    yield from _screen(watch)
    yield from _volunteering(watch)
    yield Stop("not yours", "/report/", "body_officer", 403)
    yield Stop("nothing here", "/i/no-such-code/", "grid_worker", 404)
    yield from _issues(watch)


def _screen(watch: Watch) -> Iterator[Stop]:
    """The command centre, from the district down to the grid, and on a wall that nobody signs in at."""
    users = watch.stack.credentials["users"]
    yield Stop("command centre of the district", "/screen/", "district_dispatcher")
    yield Stop("command centre that stands still", "/screen/?hold=1", "district_dispatcher")
    street, grid = (users[role]["unit_code"] for role in ("street_dispatcher", "grid_worker"))
    for level, code in (("street", street), ("community", grid[:12]), ("grid", grid)):
        yield Stop(f"command centre of the {level}", f"/screen/{code}/", "district_dispatcher")
    yield Stop("command centre of somebody else", "/screen/999999/", "street_dispatcher", 404)
    secret = watch.stack.python(WALL.format(code=street))
    yield Stop("wall", f"/screen/wall/{secret}/")
    yield Stop("wall, a community", f"/screen/wall/{secret}/{grid[:12]}/")


def _volunteering(watch: Watch) -> Iterator[Stop]:
    """Of everybody: teams, stations, the sign-up. Of a volunteer: what is theirs, and the team that they lead."""
    street = watch.stack.credentials["users"]["street_dispatcher"]["unit_code"]
    me = {"username": "demo.volunteer", "password": "only-for-this-test-42"}
    watch.more["volunteer"] = me
    team, code = watch.stack.python(VOLUNTEER.format(street=street, **me))
    there, join = f"/volunteers/at/{code}/", f"/volunteers/at/{code}/join/"
    name = watch.one("SELECT name FROM grids_unit WHERE code = %s", code)
    yield Stop("where to volunteer", "/volunteers/")
    yield Stop("where to volunteer: found", f"/volunteers/?q={name}")
    yield Stop("where to volunteer: not found", "/volunteers/?q=nowhere-at-all")
    yield Stop("where to volunteer: a street", f"/volunteers/at/{street}/")
    yield Stop("teams of a community", there)
    yield Stop("stations of a community", f"{there}stations/")
    yield Stop("sign up", join)
    yield Stop("sign up refused", join, status=422, go=press("form[data-once] button.wide"))
    yield Stop("sign up, signed in", join, "grid_worker")
    yield Stop("a team", f"/volunteers/teams/{team}/")
    yield Stop("a team, led", f"/volunteers/teams/{team}/", "volunteer")
    yield Stop("volunteering of nobody", "/volunteers/mine/", "grid_worker")
    yield Stop("my volunteering", "/volunteers/mine/", "volunteer")
    yield Stop("my data", "/volunteers/mine/data/", "volunteer")
    nameless = fill("form[data-once] button.wide", name="")
    yield Stop("my data refused", "/volunteers/mine/data/", "volunteer", 422, nameless)
    erase = "/volunteers/mine/erase/"
    yield Stop("erase my data", erase, "volunteer")
    yield Stop("erase my data refused", erase, "volunteer", 422, press("form[data-once] button.danger"))
    yield Stop("today of a volunteer", "/", "volunteer")
    secretary = watch.stack.credentials["users"]["community_secretary"]["username"]
    yield from _activities(team, there, watch.stack.python(ACTIVITIES.format(team=team, secretary=secretary)))
    yield from _points(there, watch.stack.python(GOODS.format(team=team, secretary=secretary)))
    yield from _wishes(there, watch.stack.python(WISHES.format(team=team, secretary=secretary)))
    yield from _joining(there, watch.stack.python(JOINED.format(team=team, secretary=secretary)))
    # Last: whoever leaves leads no team any more.
    yield Stop("my volunteering, left and back", "/volunteers/mine/", "volunteer", go=_leaves_and_returns)


def _activities(team: int, there: str, made: list) -> Iterator[Stop]:
    """Of everybody, of a volunteer, and of the leader that the volunteer is."""
    coming, full, running, over, mine, record, refused, issue = made
    base, me, organiser = "/volunteers", "volunteer", "community_secretary"
    yield Stop("activities of a community", f"{there}activities/")
    yield Stop("an activity", f"{base}/activities/{coming}/")
    yield Stop("an activity with a place", f"{base}/activities/{coming}/", me)
    yield Stop("activities around", f"{base}/activities/?around=district", me)
    yield Stop("a full shift", f"{base}/shifts/{full}/", me)
    yield Stop("cancel a sign-up", f"{base}/sign-ups/{mine}/cancel/", me)
    yield Stop("my shifts", f"{base}/mine/shifts/", me)
    check, wrong = f"{base}/activities/{running}/check-in/", "0000 0000 0000"
    yield Stop("check in", check, me)
    yield Stop("check in refused", check, me, 409, fill("form[data-once] button.wide", code=wrong))
    yield Stop("my hours", f"{base}/mine/hours/", me)
    beside = f"{base}/mine/hours/new/"
    yield Stop("hours of my own", beside, me)
    yield Stop("hours of my own refused", beside, me, 422, press("form[data-once] button.wide"))
    yield Stop("my certificate", f"{base}/mine/certificate/", me)
    yield Stop("a certificate that is none", f"{base}/certificates/?code=V1")
    yield Stop("a record of service", f"{base}/hours/{record}/", me)
    same = fill("form[data-once] button.wide", reason="演示数据：没有变")
    yield Stop("a correction refused", f"{base}/hours/{record}/correct/", me, 409, same)
    yield Stop("hours not accepted", f"{base}/hours/{record}/refuse/", organiser)
    yield Stop("a record of hours refused", f"{base}/hours/{refused}/", me)
    yield Stop("hours once more", f"{base}/hours/{refused}/again/", me)
    plan = f"{base}/teams/{team}/activities/new/"
    yield Stop("plan an activity", plan, me)
    yield Stop("plan an activity refused", plan, me, 422, press("form[data-once] button.wide"))
    ask = f"{base}/ask/{issue}/"
    yield Stop("an issue that volunteers help with", f"/i/{issue}/", organiser)
    yield Stop("ask volunteers", ask, organiser)
    yield Stop("ask volunteers refused", ask, organiser, 422, press("form[data-once] button.wide"))
    yield Stop("run an activity", f"{base}/run/{running}/", me)
    yield Stop("the code for checking in", f"{base}/run/{running}/code/", me, go=_standing_still)
    yield Stop("sign somebody up", f"{base}/run/{coming}/add/", me)
    yield Stop("one shift more", f"{base}/run/{coming}/shift/", me)
    words, again = f"{base}/run/{coming}/change/", f"{base}/run/{coming}/repeat/"
    yield Stop("change an activity", words, me)
    yield Stop("change refused", words, me, 422, fill("form[data-once] button.wide", title=""))
    yield Stop("more places", f"{base}/shifts/{full}/places/", me)
    yield Stop("other times of a shift", f"{base}/shifts/{full}/times/", me)
    yield Stop("call a shift off", f"{base}/shifts/{full}/call-off/", me)
    yield Stop("call off the rest", f"{base}/run/{running}/call-off-rest/", me)
    yield Stop("repeat an activity", again, me)
    yield Stop("repeat refused", again, me, 422, press("form[data-once] button.wide"))
    yield Stop("call an activity off", f"{base}/run/{coming}/call-off/", me)
    yield Stop("hours of those who came", f"{base}/run/{over}/hours/", me)
    yield Stop("settle an activity", f"{base}/run/{over}/settle/", organiser)


def _points(there: str, made: list[int]) -> Iterator[Stop]:
    """Of everybody, of a volunteer with points, and of the secretary at the counter."""
    station, cup, lamp, gone, waits = made
    base, me, clerk = "/volunteers", "volunteer", "community_secretary"
    goods, counter = f"{there}goods/", f"{base}/stations/{station}/counter/"
    mine, points, reserve = f"{base}/mine/goods/", f"{base}/mine/points/", f"{base}/goods/{cup}/reserve/"
    yield Stop("goods of a community", goods)
    yield Stop("a good", f"{base}/goods/{cup}/")
    yield Stop("a good of somebody who is no volunteer", f"{base}/goods/{cup}/", "grid_worker")
    yield Stop("a good that one may have", f"{base}/goods/{cup}/", me)
    yield Stop("a good that is out", f"{base}/goods/{lamp}/", me)
    yield Stop("goods around", f"{base}/goods/?around=district", me)
    yield Stop("put one aside", reserve, me)
    yield Stop("put one aside refused: another price", reserve, me, 409, _at_another_price)
    yield Stop("put one aside: too dear", f"{base}/goods/{lamp}/reserve/", me)
    yield Stop("put aside for me", mine, me)
    yield Stop("give it up", f"{base}/redemptions/{waits}/give-up/", me)
    yield Stop("my points", points, me)
    for period in ("month", "last_month", "year"):
        yield Stop(f"ranking, {period}", f"{there}ranking/?period={period}")
    yield Stop("ranking of a volunteer", f"{there}ranking/", me)
    yield Stop("counters", f"{base}/stations/", clerk)
    yield Stop("counters of nobody", f"{base}/stations/", me)
    yield Stop("stations that one runs", f"{there}stations/", clerk)
    yield Stop("counter", counter, clerk)
    yield Stop("put it back", f"{base}/redemptions/{waits}/give-up/", clerk)
    yield Stop("counter: handed out", f"{counter}?show=handed-out", clerk)
    send = "form[data-once] button.wide"
    yield Stop("counter refused: no code", counter, clerk, 422, fill(send, code="12"))
    yield Stop("counter refused: another code", counter, clerk, 409, fill(send, code="000000"))
    yield Stop("what was handed out", f"{base}/handed-out/{gone}/", clerk)


def _at_another_price(page: Page) -> None:
    """As if the good had become dearer since the page was opened."""
    page.evaluate("document.querySelector('[name=agreed]').value = '4'")
    press("form[data-once] button.wide")(page)


def _wishes(there: str, made: list) -> Iterator[Stop]:
    """Of everybody, of a volunteer, of the wisher, and of the community that reviews them."""
    new, waiting, mine, own, secret = made
    base, me, reviewer = "/volunteers/wishes", "volunteer", "community_secretary"
    link, make, send = f"{base}/own/{secret}/", f"{there}wishes/new/", press("form[data-once] button.wide")
    yield Stop("wishes of a community", f"{there}wishes/")
    yield Stop("wishes of a community, of those on duty", f"{there}wishes/", reviewer)
    yield Stop("make a wish", make)
    yield Stop("make a wish refused", make, status=422, go=send)
    yield Stop("a wish written down for somebody", f"{make}?for=somebody", reviewer)
    yield Stop("a wish", f"{base}/{waiting}/")
    yield Stop("a wish that one may claim", f"{base}/{waiting}/", me)
    yield Stop("claim a wish", f"{base}/{waiting}/claim/", me)
    yield Stop("claim a wish, nobody who may", f"{base}/{waiting}/claim/", "grid_worker")
    yield Stop("a wish with me", f"{base}/{mine}/", me)
    yield Stop("give a wish back refused", f"{base}/{mine}/give_back/", me, 422, send)
    yield Stop("say that a wish is fulfilled", f"{base}/{mine}/fulfil/", me)
    yield Stop("a wish to be reviewed", f"{base}/{new}/", reviewer)
    look = press("form[action$='/contact/'] button")
    yield Stop("whom to call about a wish", f"{base}/{new}/", reviewer, go=look)
    yield Stop("accept a wish", f"{base}/{new}/accept/", reviewer)
    yield Stop("refuse a wish refused", f"{base}/{new}/refuse/", reviewer, 422, send)
    yield Stop("call a wish off, not now", f"{base}/{new}/cancel/", reviewer)
    yield Stop("a wish that is not there", f"{base}/{10**9}/", status=404)
    for shown in ("open", "mine"):
        yield Stop(f"wishes around, {shown}", f"{base}/?show={shown}", me)
    for shown in ("decide", "running"):
        yield Stop(f"wishes around, {shown}", f"{base}/?show={shown}", reviewer)
    yield Stop("my own wishes", "/volunteers/mine/wishes/", me)
    yield Stop("a wish of my own, to be confirmed", f"{base}/{own}/", me)
    yield Stop("confirm a wish", f"{base}/{own}/confirm/", me)
    yield Stop("a wish by its link", link)
    yield Stop("withdraw a wish by its link", f"{link}withdraw/")


def _joining(there: str, made: list[Any]) -> Iterator[Stop]:
    """Dual check-in, statements of service and pairings, of the volunteer and of those who run volunteering there."""
    checkin, offer, pairing, statement, secret = made
    base, me, secretary = "/volunteers", "volunteer", "community_secretary"
    button = "form[data-once] button.wide"
    yield Stop("check in to a community, being there", f"{there}check-in/", me)
    yield Stop("check in to a community", f"{there}check-in/", "grid_worker")
    yield Stop("where I am checked in", f"{base}/mine/check-ins/", me)
    yield Stop("where I am checked in: nowhere", f"{base}/mine/check-ins/", "grid_worker")
    yield Stop("where an organisation is checked in", f"{base}/mine/check-ins/", "body_officer")
    one = f"{base}/check-ins/{checkin}/"
    yield Stop("a check-in of mine", one, me)
    yield Stop("a check-in of somebody", one, secretary)
    yield Stop("a check-in of somebody else", one, "grid_worker", 404)
    yield Stop("offer something", f"{one}offer/", me)
    yield Stop("offer something refused", f"{one}offer/", me, 422, press(button))
    yield Stop("withdraw an offer", f"{base}/offers/{offer}/withdraw/", me)
    yield Stop("check out of a community", f"{one}check-out/", me)
    for show in ("organisations", "members", "offers"):
        yield Stop(f"who has checked in: {show}", f"{there}check-ins/?show={show}", secretary)
    statements = f"{base}/mine/statements/"
    yield Stop("statements of service", statements, me)
    yield Stop("make a statement", f"{statements}new/", me)
    look = "main form[method=get] button.wide"
    yield Stop("make a statement refused", f"{statements}new/", me, 422, fill(look, since=""))
    yield Stop("make a statement: looked at", f"{statements}new/", me, go=press(look))
    yield Stop("make a statement: made", f"{statements}new/", me, go=_makes_a_statement)
    yield Stop("revoke a statement", f"{statements}{statement}/revoke/", me)
    yield Stop("a statement by its link", f"{base}/statements/{secret}/")
    yield Stop("a statement by no link", f"{base}/statements/no-such-link/", status=404)
    answers = f"{base}/pairings/{pairing}/"
    yield Stop("what I answer for", f"{base}/mine/pairings/", me)
    yield Stop("what an organisation answers for", f"{base}/mine/pairings/", "body_officer")
    yield Stop("a pairing of mine", answers, me)
    yield Stop("a pairing, read", answers, "supervisor")
    yield Stop("a duty to be noted", f"{answers}fee/", me)
    yield Stop("a duty noted", f"{answers}firm/", me)
    yield Stop("a duty refused", f"{answers}fee/", me, 422, fill(button, done_on=""))
    yield Stop("who answers in a community", f"{there}pairings/", secretary)
    yield Stop("who answers at level 3", f"{there}pairings/?level=3", secretary)


def _standing_still(page: Page) -> None:
    """From now on without the header by which it asks for the next code, which would cross the next visit."""

    def answer(route: Route) -> None:
        found = route.fetch()
        kept = {name: value for name, value in found.headers.items() if name != "refresh"}
        route.fulfill(response=found, headers=kept)

    page.route(re.compile(r"/run/\d+/code/$"), answer)
    page.reload()


def _makes_a_statement(page: Page) -> None:
    """Look at it first, then make the link."""
    press("main form[method=get] button.wide")(page)
    page.wait_for_selector("form[data-once] button.wide")
    press("form[data-once] button.wide")(page)


def _leaves_and_returns(page: Page) -> None:
    """Both at once: what comes after finds them as before."""
    press("form[action$='/mine/leave/'] button")(page)
    page.wait_for_selector("form[action$='/mine/return/']")
    press("form[action$='/mine/return/'] button")(page)
    page.wait_for_selector("form[action$='/mine/leave/']", state="attached")


def _issues(watch: Watch) -> Iterator[Stop]:
    """The issue's page of whoever has it, in every state that the demo has, all panels open."""
    users = watch.stack.credentials["users"]
    rows = watch.stack.query(
        "SELECT DISTINCT ON (i.state, i.disputed, u.kind) i.code, i.state, COALESCE(u.kind, 'body'), "
        "CASE WHEN i.disputed THEN ', disputed' ELSE '' END FROM issues_issue i "
        "JOIN grids_unit g ON g.id = i.grid_id LEFT JOIN grids_unit u ON u.id = i.owner_unit_id "
        "WHERE g.code LIKE %s ORDER BY i.state, i.disputed, u.kind, i.open_whistles, i.id DESC",
        (f"{users['grid_worker']['unit_code']}%",),
    )
    readers = {"grid": "grid_chief", "community": "community_worker", "street": "street_dispatcher"}
    for code, state, kind, more in rows:
        yield Stop(f"issue {state} at {kind}{more}", f"/i/{code}/", readers.get(kind, "district_dispatcher"))
    called = watch.one(
        "SELECT i.code FROM issues_callee c JOIN issues_issue i ON i.id = c.issue_id "
        "JOIN grids_body b ON b.id = c.body_id WHERE c.state = 'called' AND b.code = %s",
        users["body_officer"]["body"],
    )
    yield Stop("issue that calls me", f"/i/{called}/", "body_officer")
    taken = next(code for code, state, kind, _more in rows if (state, kind) == ("handling", "grid"))
    refused = press("form[action$='/submit_result/'] > .button")
    yield Stop("result refused", f"/i/{taken}/submit_result/", "grid_chief", 422, refused)
    yield from _parts(watch)
    reachable = watch.one(
        "SELECT i.code FROM issues_reporter r JOIN issues_issue i ON i.id = r.issue_id "
        "JOIN grids_unit g ON g.id = i.grid_id AND g.id = i.owner_unit_id "
        "WHERE g.code = %s AND i.state = 'handling' AND NOT r.is_secret "
        "AND r.phone_hash <> '' LIMIT 1",
        users["grid_worker"]["unit_code"],
    )
    yield Stop("whom to call", f"/i/{reachable}/", "grid_worker", go=press("form[action*='/reveal/'] button"))


def _parts(watch: Watch) -> Iterator[Stop]:
    """One open part of each sort, with its form at its own address."""
    for sort, verb in PARTS.items():
        waits = {"callee": "called", "task": "given", "decision": "open"}[sort]
        code, pk = watch.stack.query(
            f"SELECT i.code, p.id FROM issues_{sort} p JOIN issues_issue i ON i.id = p.issue_id "
            "JOIN grids_unit s ON s.id = i.street_id WHERE p.state = %s AND s.code = %s ORDER BY p.id DESC LIMIT 1",
            (waits, watch.stack.credentials["users"]["street_dispatcher"]["unit_code"]),
        )[0]
        yield Stop(f"{sort}: {verb}", f"/i/{code}/{sort}s/{pk}/{verb}/", "street_dispatcher")
