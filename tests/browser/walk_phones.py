"""The phone pages of workers, officers and whoever else has a post."""

from collections.abc import Iterator

from playwright.sync_api import Page

from tests.browser.deeds import fill, press
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
    yield Stop("report of a spotter", "/report/", "spotter")
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
    for size in ("large", "larger"):
        yield Stop(f"today, {size}", "/", "grid_worker", text=size)
        yield Stop(f"report, {size}", "/report/", "grid_worker", text=size)
        yield Stop(f"inbox, {size}", "/notices/", "grid_worker", text=size)
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
    yield Stop("my volunteering, left and back", "/volunteers/mine/", "volunteer", go=_leaves_and_returns)
    yield Stop("my data", "/volunteers/mine/data/", "volunteer")
    nameless = fill("form[data-once] button.wide", name="")
    yield Stop("my data refused", "/volunteers/mine/data/", "volunteer", 422, nameless)
    erase = "/volunteers/mine/erase/"
    yield Stop("erase my data", erase, "volunteer")
    yield Stop("erase my data refused", erase, "volunteer", 422, press("form[data-once] button.danger"))
    yield Stop("today of a volunteer", "/", "volunteer")
    for size in ("large", "larger"):
        yield Stop(f"teams of a community, {size}", there, text=size)
        yield Stop(f"stations of a community, {size}", f"{there}stations/", text=size)
        yield Stop(f"sign up, {size}", join, text=size)
        yield Stop(f"my volunteering, {size}", "/volunteers/mine/", "volunteer", text=size)


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
        "SELECT DISTINCT ON (i.state, i.disputed, u.kind) i.code, i.state, COALESCE(u.kind, 'body') FROM issues_issue i "
        "JOIN grids_unit g ON g.id = i.grid_id LEFT JOIN grids_unit u ON u.id = i.owner_unit_id "
        "WHERE g.code LIKE %s ORDER BY i.state, i.disputed, u.kind, i.open_whistles, i.id DESC",
        (f"{users['grid_worker']['unit_code']}%",),
    )
    readers = {"grid": "grid_chief", "community": "community_worker", "street": "street_dispatcher"}
    for code, state, kind in rows:
        yield Stop(f"issue {state} at {kind}", f"/i/{code}/", readers.get(kind, "district_dispatcher"))
    called = watch.one(
        "SELECT i.code FROM issues_callee c JOIN issues_issue i ON i.id = c.issue_id "
        "JOIN grids_body b ON b.id = c.body_id WHERE c.state = 'called' AND b.code = %s",
        users["body_officer"]["body"],
    )
    yield Stop("issue that calls me", f"/i/{called}/", "body_officer")
    yield Stop("issue that calls me, large", f"/i/{called}/", "body_officer", text="large")
    taken = next(code for code, state, kind in rows if (state, kind) == ("handling", "grid"))
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
    yield Stop("whom to call", f"/i/{reachable}/", "grid_worker", go=press("form[action$='/reveal/'] button"))


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
