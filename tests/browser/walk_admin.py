"""The staff admin. A new list or subject is found by itself; a page with an address of its own is named below."""

import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from openpyxl import Workbook

from grids.policies import KINDS
from grids.roles import ROLES
from issues.hotline.columns import DEFAULT
from tests.browser.deeds import agree, fill, give, open_account, press
from tests.browser.watch import Stop, Watch

DISTRICT, STREET = "220103", "220103006"  # of those who sign in
# What belongs to their district.
OURS = f"{{}} = (SELECT id FROM grids_unit WHERE code = '{DISTRICT}')"
SETS_UP = "superuser"
# Of what the demo has nothing: a sign-in for set-up, a job that failed and one that moved deadlines, a notice that
# was given up, a building without a code, a wisher who has left a number.
PREPARE = """
from accounts.models import User
from desk.kiosk_actions import make_kiosk
from django.utils import timezone
from grids.actions.sheet_files import read_file, take_in_sheet
from grids.actions.tokens import revoke_token
from grids.models import BuildingToken, Unit
from issues.models import Issue
from notices.group_actions import WantedGroup, add_group, pause_group
from notices.models import Attempt, Message, Notice, Subscription
from notices.webhook_actions import Wanted, add_subscription, pause_subscription, rotate_secret
from trail.models import Delivery, Event, Job
from volunteers.actions.wishes import make_wish
now = timezone.now()
User.objects.filter(username="setup").exists() or User.objects.create_superuser("setup", {password!r})
district = Unit.objects.get(code={district!r})
ours = dict(event__district_id=district.pk)
usual = dict(kind="issues.recompute_deadlines", district_id=district.pk, total=2)
usual |= dict(created_at=now, started_at=now, finished_at=now, next_try_at=now)
issue = Issue.objects.filter(street__code={street!r}).latest("pk")
moved = [[issue.pk, "sign", now.isoformat(), (now + timezone.timedelta(days=1)).isoformat()]]
found = dict(looked_at=2, certain=0, held=1, promised=1, moved=moved, later=1, most_later=86400, more=3)
Job.objects.create(state="failed", done=1, last_error="lost", params={{"calendar": 1}}, **usual)
Job.objects.create(state="done", done=2, report=found, params={{"calendar": 1}}, **usual)
last = Notice.objects.filter(**ours).latest("pk").pk
Notice.objects.filter(pk=last).update(state="dead", last_error="OSError in send:33")
last = Delivery.objects.filter(**ours).latest("pk").pk
Delivery.objects.filter(pk=last).update(dead_at=now, last_error="OSError in run:7")
admin, sight = (User.objects.get(username=name) for name in {webhook!r})
told = add_subscription(Wanted("演示：市民热线平台", "http://127.0.0.1:9/", sight), unit=district, by=admin, now=now)
rotate_secret(told, by=admin, now=now)
pause_subscription(told, by=admin, now=now)
failed, taken = ((500, "status", "error"), (None, "timeout", "")), ((204, "", ""),)
later = dict(subscription=told, next_try_at=now + timezone.timedelta(days=9), created_at=now)
for state, tries in (("dead", failed), ("sent", taken), ("queued", ())):
    event = Event.objects.about("issue", issue.pk).first() if state == "sent" else None
    message = Message.objects.create(event=event, state=state, **later)
    for status, error, answer in tries:
        Attempt.objects.create(message=message, at=now, status=status, error=error, answer=answer, milliseconds=12)
wanted = WantedGroup("演示：值班群", "feishu://demo-token-0000", ["alarm"], "zh-hans")
group = add_group(wanted, district=district, by=admin, now=now)
pause_group(group, by=admin, now=now)
make_kiosk("演示：值班大厅", unit=district, language="zh-hans", by=admin, now=now)
sheet = "登录名,岗位,辖区或单位编码\\nnobody,专职网格员,220103\\n".encode()
revoke_token(BuildingToken.objects.live().filter(unit__street__code={street!r}).latest("pk"), by=None, now=now)
wished = dict(alias="演示：小满", text="演示：想学用手机", name="演示·某人", phone="13800000002", consent=True)
home = Unit.objects.open().filter(kind="community", street__code={street!r}).first()
make_wish(unit=home, by=None, now=now, **wished)
take_in_sheet("posts", read_file("posts", sheet, by=admin, now=now), file_name="演示.csv", by=admin, now=now)
result = True
"""


def prepare(watch: Watch) -> None:
    """What the demo does not have is there, and yesterday is sealed."""
    password = "only-for-this-test-42"
    watch.more = {SETS_UP: {"username": "setup", "password": password}}
    users = watch.stack.credentials["users"]
    webhook = [users[role]["username"] for role in ("system_admin", "street_dispatcher")]
    code = PREPARE.format(password=password, district=DISTRICT, street=STREET, webhook=webhook)
    watch.stack.python(code)
    watch.stack.manage("seal_trail", owner=True)


def stops(watch: Watch) -> Iterator[Stop]:
    users = watch.stack.credentials["users"]
    yield Stop("sign in", "/admin/login/")
    yield Stop("sign in refused", "/admin/login/", go=press("#login-form button[type=submit]"))
    yield Stop("quick jump", "/admin/jump/", "street_dispatcher")
    yield Stop("quick jump: found", f"/admin/jump/?q={STREET}", "street_dispatcher")
    yield Stop("quick jump: nothing", "/admin/jump/?q=qqqqqq", "street_dispatcher")
    yield Stop("quick jump: while one types", "/admin/", "street_dispatcher", go=_types)
    yield Stop("keys", "/admin/issues/issue/", "street_dispatcher", go=_asks_for_keys)
    yield Stop("not for phones", "/admin/", "body_officer")
    yield Stop("password changed", "/admin/password_change/done/", "street_dispatcher")
    yield Stop("accounts to open", "/admin/accounts/user/add/", "security_admin")
    yield Stop("accounts opened", "/admin/accounts/user/add/?open", "security_admin", go=open_account)
    yield Stop("an app", "/admin/issues/", "street_dispatcher")
    yield Stop("nothing here", "/admin/nowhere/", "street_dispatcher", 404)
    yield Stop("not yours", "/admin/trail/event/", "street_dispatcher", 403)
    for role in (
        "street_dispatcher",
        "body_head",
        "supervisor",
        "system_admin",
        "security_admin",
        "audit_admin",
    ):
        yield Stop(f"desk of {role}", "/admin/", role)
    for model, page in admin.site._registry.items():
        reader = READERS.get(model._meta.model_name) or _reader_of(page, users)
        yield from _model(watch, model, page, reader)
    for more in (
        *(_accounts, _volunteering, _goods, _wishes, _joining, _pairings),
        *(_issues, _several, _hotline, _schedules, _outside, _policies),
        *(_calendars, _units, _sheets, _services, _webhooks, _groups, _kiosks, _lists),
    ):
        yield from more(watch)


def _types(page: Any) -> None:
    """On a narrow page the box is a way to a page of its own."""
    if page.locator("#jump").is_visible():
        page.fill("#jump", STREET)
        page.wait_for_selector("[data-found] a")


def _asks_for_keys(page: Any) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")


def _keeps_a_filter(page: Any) -> None:
    page.click(".gz-saved-new > summary")
    page.fill("#keep-name", "我片区的逾期")
    page.click("form[action$='/filter/'] button")
    page.wait_for_selector(".gz-saved a[aria-current]")


def _opens_filters(page: Any) -> None:
    page.click("[aria-controls=changelist-filter]")
    page.wait_for_selector("#select-unit", state="visible")


def _opens_all(page: Any) -> None:
    for one in page.locator(".gz-own-filters summary").all():
        one.click()


def _reader_of(page: Any, users: dict[str, Any]) -> str:
    """A role of the demo that may open this admin's pages."""
    wanted = {*page.view_with, *page.write_with}
    first = {*page.write_with} or wanted
    posts = [role for role in users if role in ROLES]
    able = [role for role in posts if ROLES[role].can & first] or [
        role for role in posts if ROLES[role].can & wanted
    ]
    return next(role for role in ("district_dispatcher", *reversed(able)) if role in able)


def _model(watch: Watch, model: Any, page: Any, reader: str) -> Iterator[Stop]:
    """The list of an admin class, with nothing in it, and one subject of each sort."""
    name, base = model._meta.model_name, f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    if name == "policy":  # its list and its subjects lead on to the pages of a unit
        return
    yield Stop(f"{name}: list", base, reader)
    yield Stop(f"{name}: nothing found", f"{base}?q=nothing-is-called-so", reader)
    rows = watch.stack.query(
        SUBJECTS[name].format(street=STREET)
        if name in SUBJECTS
        else f"SELECT id, 'one' FROM \"{model._meta.db_table}\" ORDER BY id DESC LIMIT 1"
    )
    assert rows, f"the demo has no {name}"
    for pk, sort in rows:
        who = READERS.get(f"{name}: {sort}", reader)
        yield Stop(f"{name}: {sort}", f"{base}{pk}/change/", who, bilingual=name == "category")


# Who sees what not everybody sees who may open the list: by model, or by model and sort.
READERS = {
    "importbatch": "street_dispatcher",
    "job": "system_admin",
    "sheetfile: one": "system_admin",
    "delivery: dead false": "audit_admin",
}
# Sorts of subjects: number and sort of one each.
SUBJECTS = {
    "unit": "SELECT DISTINCT ON (kind) id, kind FROM grids_unit "
    "WHERE (code LIKE '{street}%%' OR '{street}' LIKE code || '%%') AND closed_at IS NULL ORDER BY kind, id",
    "body": "SELECT DISTINCT ON (kind) id, kind FROM grids_body WHERE code LIKE '220103%%' ORDER BY kind, id LIMIT 2",
    "post": "SELECT DISTINCT ON (p.role) p.id, p.role FROM grids_post p JOIN grids_unit u ON u.id = p.unit_id "
    "WHERE u.code LIKE '220103%%' ORDER BY p.role, p.id LIMIT 3",
    "user": "SELECT p.user_id, 'one' FROM grids_post p JOIN grids_unit u ON u.id = p.unit_id "
    "WHERE u.code = '{street}' ORDER BY p.id LIMIT 1",
    "serviceaccount": "SELECT p.user_id, 'one' FROM grids_post p JOIN accounts_user a ON a.id = p.user_id "
    f"JOIN grids_unit u ON u.id = p.unit_id WHERE a.is_service AND {OURS.format('u.district_id')} "
    "ORDER BY p.id LIMIT 1",
    "category": "SELECT id, 'one' FROM issues_category WHERE district_id IS NULL ORDER BY id DESC LIMIT 1",
    "outsidetask": "SELECT DISTINCT ON (state) id, state FROM issues_outsidetask "
    f"WHERE {OURS.format('district_id')} ORDER BY state, id DESC",
    "event": "SELECT DISTINCT ON (subject_type) id, subject_type FROM trail_event "
    f"WHERE {OURS.format('district_id')} ORDER BY subject_type, id DESC LIMIT 4",
    "job": "SELECT DISTINCT ON (kind, state) id, kind || ' ' || state FROM trail_job "
    f"WHERE {OURS.format('district_id')} ORDER BY kind, state, id DESC",
    "schedule": "SELECT DISTINCT ON (is_active) id, is_active FROM issues_schedule ORDER BY is_active, id",
    "hotlineorder": "SELECT o.issue_id, o.nature FROM issues_hotlineorder o JOIN issues_issue i ON i.id = o.issue_id "
    "JOIN grids_unit s ON s.id = i.street_id WHERE s.code = '{street}' LIMIT 1",
    "importbatch": "SELECT b.id, b.state FROM issues_importbatch b JOIN grids_unit u ON u.id = b.area_id "
    "WHERE u.code = '{street}' LIMIT 1",
    "delivery": "SELECT DISTINCT ON (dead_at IS NULL) d.id, 'dead ' || (dead_at IS NOT NULL) FROM trail_delivery d "
    f"JOIN trail_event e ON e.id = d.event_id WHERE {OURS.format('e.district_id')} ORDER BY dead_at IS NULL, d.id DESC",
    "notice": "SELECT id, state FROM notices_notice WHERE state = 'dead' LIMIT 1",
    "message": "SELECT DISTINCT ON (state) id, state FROM notices_message ORDER BY state, id",
    "activity": f"SELECT DISTINCT ON (state) id, state FROM volunteers_activity WHERE {OURS.format('district_id')} "
    "ORDER BY state, id",
    "service": f"SELECT DISTINCT ON (state) id, state FROM volunteers_service WHERE {OURS.format('district_id')} "
    "ORDER BY state, id",
    "good": f"SELECT DISTINCT ON (closed_at IS NULL, stock = 0) id, "
    "CASE WHEN closed_at IS NULL THEN 'offered' ELSE 'closed' END || ' ' || (stock > 0) FROM volunteers_good "
    f"WHERE {OURS.format('district_id')} ORDER BY closed_at IS NULL, stock = 0, id",
    "redemption": f"SELECT DISTINCT ON (state) id, state FROM volunteers_redemption WHERE {OURS.format('district_id')} "
    "ORDER BY state, id",
    "wish": f"SELECT DISTINCT ON (state) id, state FROM volunteers_wish WHERE {OURS.format('district_id')} "
    "ORDER BY state, id",
    "organisation": f"SELECT id, 'one' FROM volunteers_organisation WHERE {OURS.format('district_id')} "
    "ORDER BY closed_at NULLS FIRST, id LIMIT 1",
    "checkin": f"SELECT DISTINCT ON (side) id, side FROM volunteers_checkin WHERE {OURS.format('district_id')} "
    "AND ended_at IS NULL ORDER BY side, id",
    "offer": f"SELECT id, 'one' FROM volunteers_offer WHERE {OURS.format('district_id')} "
    "ORDER BY withdrawn_at NULLS FIRST, id LIMIT 1",
    "pairing": f"SELECT id, 'one' FROM volunteers_pairing WHERE {OURS.format('district_id')} "
    "ORDER BY ends_on NULLS FIRST, id LIMIT 1",
    "issue": "SELECT DISTINCT ON (i.state, i.disputed, i.owner_unit_id IS NULL) i.id, "
    "i.state || ' ' || COALESCE(u.kind, 'body') || CASE WHEN i.disputed THEN ', disputed' ELSE '' END "
    "FROM issues_issue i JOIN grids_unit s ON s.id = i.street_id "
    "LEFT JOIN grids_unit u ON u.id = i.owner_unit_id "
    "WHERE s.code = '{street}' ORDER BY i.state, i.disputed, i.owner_unit_id IS NULL, i.id",
}  # fmt: skip


def _accounts(watch: Watch) -> Iterator[Stop]:
    """A form refused: nobody has said that they are sure."""
    ((pk, _sort),) = watch.stack.query(SUBJECTS["user"].format(street=STREET))
    refused = press("form[action$='/do/close/'] button")
    yield Stop("user: close refused", f"/admin/accounts/user/{pk}/change/", "security_admin", 422, refused)


def _volunteering(watch: Watch) -> Iterator[Stop]:
    """Somebody written down, forms refused, and a number looked at."""
    base, reader = "/admin/volunteers", "community_secretary"
    send = ".gz-step [type=submit]"
    for model in ("volunteer", "team", "station"):
        yield Stop(f"{model}: new", f"{base}/{model}/add/", reader)
        yield Stop(f"{model}: new refused", f"{base}/{model}/add/", reader, 422, press(send))
        pk = watch.one(
            f"SELECT v.id FROM volunteers_{model} v JOIN grids_unit s ON s.id = v.street_id "
            "WHERE s.code = %s ORDER BY v.id LIMIT 1",
            STREET,
        )
        page, change = f"{base}/{model}/{pk}/change/", "form[action$='/do/change/'] [type=submit]"
        nameless = {"volunteer": "change-home"}.get(model, "change-name")
        yield Stop(f"{model}: change refused", page, reader, 422, fill(change, **{nameless: ""}))
    volunteer = watch.one("SELECT id FROM volunteers_volunteer WHERE state = 'active' ORDER BY id LIMIT 1")
    look = press("form[action$='/do/reveal/'] [type=submit]")
    yield Stop("volunteer: looked at", f"{base}/volunteer/{volunteer}/change/", reader, go=look)
    asked = watch.one("SELECT id FROM volunteers_transfer WHERE state = 'asked' ORDER BY id LIMIT 1")
    yield Stop("transfer: to be decided", f"{base}/transfer/{asked}/change/", reader)
    for model in ("activity", "service"):
        yield Stop(f"{model}: new", f"{base}/{model}/add/", reader)
        yield Stop(f"{model}: new refused", f"{base}/{model}/add/", reader, 422, press(send))
    coming = watch.one(
        "SELECT id FROM volunteers_activity WHERE state IN ('open', 'full') ORDER BY id LIMIT 1"
    )
    refused = fill("form[action$='/do/change/'] [type=submit]", **{"change-title": ""})
    yield Stop("activity: change refused", f"{base}/activity/{coming}/change/", reader, 422, refused)
    done = watch.one(
        "SELECT s.id FROM volunteers_service s JOIN volunteers_correction c ON c.service_id = s.id "
        "WHERE c.state = 'asked' LIMIT 1"
    )
    yield Stop("service: correction asked", f"{base}/service/{done}/change/", reader)
    settled = watch.one(
        "SELECT id FROM volunteers_service WHERE state = 'confirmed' AND id <> %s ORDER BY id LIMIT 1", done
    )
    wordless = press("form[action$='/do/ask_correction/'] [type=submit]")
    yield Stop("service: refused", f"{base}/service/{settled}/change/", reader, 422, wordless)
    figures = "/admin/volunteering/figures/"
    yield Stop("figures of volunteering", f"{figures}?period=year", "district_dispatcher")
    yield Stop("figures of a street", f"{figures}?unit={STREET}&period=last_month", "district_dispatcher")
    yield Stop("figures of nowhere", f"{figures}?unit=999999", reader, 422)
    led_to = f"{base}/volunteer/?joined=2026-01-01..2026-12-31"
    yield Stop("volunteers of a period", led_to, reader)


def _goods(watch: Watch) -> Iterator[Stop]:
    """A good and its stock, handing out, what is put aside for somebody: refused each; the figures of the district."""
    base, reader, send = "/admin/volunteers", "community_secretary", ".gz-step [type=submit]"
    ours = f"street_id = (SELECT id FROM grids_unit WHERE code = '{STREET}')"
    good = watch.one(f"SELECT id FROM volunteers_good WHERE closed_at IS NULL AND {ours} ORDER BY id LIMIT 1")
    there = f"{base}/good/{good}/change/"
    yield Stop("good: new", f"{base}/good/add/", reader)
    yield Stop("good: new refused", f"{base}/good/add/", reader, 422, press(send))
    nameless = fill("form[action$='/do/change/'] [type=submit]", **{"change-name": ""})
    yield Stop("good: change refused", there, reader, 422, nameless)
    more = fill("form[action$='/do/deliver/'] [type=submit]", **{"deliver-amount": "5"})
    yield Stop("good: delivered", there, reader, go=more)
    fewer = fill("form[action$='/do/count/'] [type=submit]", **{"count-amount": "-99999"})
    yield Stop("good: fewer than none", there, reader, 422, fewer)
    yield Stop("redemption: by code", f"{base}/redemption/add/", reader)
    yield Stop("redemption: no such code", f"{base}/redemption/add/", reader, 422, _shows_a_wrong_code)
    yield Stop("redemption: all of them", f"{base}/redemption/?state=all", reader)
    waits = watch.one(
        f"SELECT id FROM volunteers_redemption WHERE state = 'reserved' AND {ours} ORDER BY id LIMIT 1"
    )
    unsure = press("form[action$='/do/release/'] [type=submit]")
    yield Stop("redemption: refused", f"{base}/redemption/{waits}/change/", reader, 422, unsure)
    kept = watch.one(
        f"SELECT id FROM volunteers_volunteer WHERE user_id IS NULL AND state = 'active' AND {ours} "
        "ORDER BY id LIMIT 1"
    )
    nothing = press("form[action$='/do/put_aside/'] [type=submit]")
    yield Stop("volunteer: nothing to put aside", f"{base}/volunteer/{kept}/change/", reader, 422, nothing)
    yield Stop("points of the district", f"{base}/good/figures/", "district_dispatcher")


def _shows_a_wrong_code(page: Any) -> None:
    """At whichever station there is."""
    page.select_option("[name=new-station]", index=1)
    fill(".gz-step [type=submit]", **{"new-code": "12"})(page)


def _wishes(watch: Watch) -> Iterator[Stop]:
    """One written down, the figures of one community, forms refused, and a number looked at."""
    base, reader = "/admin/volunteers/wish", "district_dispatcher"
    ours = OURS.format("district_id")
    yield Stop("wish: new", f"{base}/add/", reader)
    yield Stop("wish: new refused", f"{base}/add/", reader, 422, press(".gz-step [type=submit]"))
    there = watch.one(f"SELECT community_id FROM volunteers_wish WHERE {ours} ORDER BY id LIMIT 1")
    yield Stop("wish: of one community", f"{base}/?community={there}&state__exact=open", reader)
    for state, key in (("proposed", "refuse"), ("open", "claim"), ("claimed", "give_back")):
        pk = watch.one(
            f"SELECT id FROM volunteers_wish WHERE {ours} AND state = %s ORDER BY id LIMIT 1", state
        )
        empty = press(f"form[action$='/do/{key}/'] [type=submit]")
        yield Stop(f"wish: {key} refused", f"{base}/{pk}/change/", reader, 422, empty)
    again = watch.one(
        "SELECT c.wish_id FROM volunteers_claim c JOIN volunteers_wish w ON w.id = c.wish_id "
        f"WHERE c.outcome = 'overdue' AND {OURS.format('w.district_id')} LIMIT 1"
    )
    yield Stop("wish: ran out of time, open again", f"{base}/{again}/change/", reader)
    thanked = watch.one(
        f"SELECT id FROM volunteers_wish WHERE {ours} AND thanked_at IS NOT NULL ORDER BY id LIMIT 1"
    )
    yield Stop("wish: thanked for", f"{base}/{thanked}/change/", reader)
    left = watch.one(
        "SELECT c.wish_id FROM volunteers_wisher c JOIN volunteers_wish w ON w.id = c.wish_id "
        f"WHERE c.erased_at IS NULL AND {OURS.format('w.district_id')} ORDER BY c.wish_id LIMIT 1"
    )
    look = press("form[action$='/do/reveal/'] [type=submit]")
    yield Stop("wish: looked at", f"{base}/{left}/change/", reader, go=look)
    unsure = press("form[action$='/do/erase/'] [type=submit]")
    yield Stop("wish: erasing refused", f"{base}/{left}/change/", reader, 422, unsure)


def _joining(watch: Watch) -> Iterator[Stop]:
    """Organisations, check-ins and offers: new ones refused, and what nobody has said to be sure of."""
    base, reader = "/admin/volunteers", "district_dispatcher"
    for model in ("organisation", "checkin"):
        yield Stop(f"{model}: new", f"{base}/{model}/add/", reader)
        send = press(".gz-step [type=submit]")
        yield Stop(f"{model}: new refused", f"{base}/{model}/add/", reader, 422, send)
    for model, key, still in (
        ("organisation", "close", "closed_at IS NULL"),
        ("checkin", "check_out", "ended_at IS NULL"),
        ("offer", "withdraw", "withdrawn_at IS NULL"),
    ):
        pk = watch.one(
            f"SELECT id FROM volunteers_{model} WHERE {still} AND {OURS.format('district_id')} ORDER BY id LIMIT 1"
        )
        page, refused = f"{base}/{model}/{pk}/change/", press(f"form[action$='/do/{key}/'] [type=submit]")
        yield Stop(f"{model}: {key} refused", page, reader, 422, refused)


def _pairings(watch: Watch) -> Iterator[Stop]:
    """Gaps by community and one by one, the form that a gap leads to, and a duty without its day."""
    base, reader = "/admin/volunteers/pairing", "district_dispatcher"
    community, building = watch.stack.query(
        "SELECT p.community_id, b.code FROM volunteers_pairing p JOIN grids_unit b ON b.community_id = p.community_id "
        f"WHERE b.kind = 'building' AND {OURS.format('p.district_id')} ORDER BY p.id, b.id LIMIT 1"
    )[0]
    yield Stop("pairing: gaps by community", f"{base}/gaps/", reader)
    yield Stop("pairing: gaps of a level", f"{base}/gaps/?level=2", reader)
    yield Stop("pairing: gaps of a community", f"{base}/gaps/?community={community}", reader)
    yield Stop("pairing: gaps, to read only", f"{base}/gaps/?level=4", "supervisor")
    new = f"{base}/add/?unit={building}&level=3"
    yield Stop("pairing: new", new, reader)
    yield Stop("pairing: new refused", new, reader, 422, press(".gz-step [type=submit]"))
    pk = watch.one(
        f"SELECT id FROM volunteers_pairing WHERE {OURS.format('district_id')} "
        "ORDER BY ends_on NULLS FIRST, id LIMIT 1"
    )
    dayless = fill("form[action$='/do/note/'] [type=submit]", **{"note-done_on": ""})
    yield Stop("pairing: duty refused", f"{base}/{pk}/change/", reader, 422, dayless)


def _issues(watch: Watch) -> Iterator[Stop]:
    """Forms opened by their address, of the issue and of its parts; and one refused."""
    base = "/admin/issues/issue"
    pk = watch.one(
        "SELECT i.id FROM issues_issue i JOIN grids_unit s ON s.id = i.owner_unit_id "
        "WHERE s.code = %s AND i.state = 'handling' ORDER BY i.open_whistles DESC, i.id DESC LIMIT 1",
        STREET,
    )
    reachable = watch.one(
        "SELECT i.id FROM issues_reporter r JOIN issues_issue i ON i.id = r.issue_id "
        "JOIN grids_unit s ON s.id = i.owner_unit_id "
        "WHERE s.code = %s AND i.state = 'handling' AND NOT r.is_secret AND r.phone_hash <> '' LIMIT 1",
        STREET,
    )
    call = press(f"form[action$='/{reachable}/contact/'] [type=submit]")
    yield Stop("issue: whom to call", f"{base}/{reachable}/change/", "street_dispatcher", go=call)
    yield Stop("issue: work sheet", f"{base}/{reachable}/print/", "street_dispatcher")
    yield Stop("issue: whistle", f"{base}/{pk}/do/whistle/", "street_dispatcher")
    refused = press("form[action$='/do/whistle/'] [type=submit]")
    yield Stop("issue: whistle refused", f"{base}/{pk}/do/whistle/", "street_dispatcher", 409, refused)
    for sort, waits, verb in (
        ("callee", "called", "acknowledge"),
        ("task", "given", "take_task"),
        ("decision", "open", "grant"),
    ):
        issue, part = watch.stack.query(
            f"SELECT i.id, p.id FROM issues_{sort} p JOIN issues_issue i ON i.id = p.issue_id "
            "JOIN grids_unit s ON s.id = i.street_id WHERE p.state = %s AND s.code = %s ORDER BY p.id DESC LIMIT 1",
            (waits, STREET),
        )[0]
        yield Stop(f"{sort}: {verb}", f"{base}/{issue}/{sort}/{part}/{verb}/", "street_dispatcher")
    letters = watch.stack.query(
        "SELECT DISTINCT ON (d.kind) d.issue_id, d.kind FROM issues_decision d JOIN issues_issue i ON i.id = d.issue_id "
        "JOIN grids_unit s ON s.id = i.street_id WHERE d.state = 'open' AND s.code = %s ORDER BY d.kind, d.id",
        (STREET,),
    )
    for pk, kind in letters:
        yield Stop(f"issue: open {kind}", f"{base}/{pk}/change/", "street_leader")


def _several(watch: Watch) -> Iterator[Stop]:
    """Several dispatched at once: to whom, refused, what would come of it."""
    rows = watch.stack.query(
        "SELECT i.id FROM issues_issue i JOIN grids_unit s ON s.id = i.owner_unit_id "
        "WHERE s.code = %s AND i.state IN ('assigned', 'handling') ORDER BY i.id DESC LIMIT 3",
        (STREET,),
    )
    page = f"/admin/issues/issue/dispatch/?ids={','.join(str(pk) for (pk,) in rows)}"

    def look(page: Any) -> None:
        page.select_option("[name=unit]", index=1)
        press("[name=look]")(page)

    yield Stop("several: to whom", page, "street_dispatcher")
    yield Stop("several: to nobody", page, "street_dispatcher", 422, press("[name=look]"))
    yield Stop("several: what would come of it", page, "street_dispatcher", go=look)


def _hotline(watch: Watch) -> Iterator[Stop]:
    base = "/admin/issues/importbatch/add/"
    check = ".gz-step [type=submit]"
    yield Stop("orders: file", base, "street_dispatcher")
    yield Stop("orders: no file", base, "street_dispatcher", 422, press(check))
    yield Stop("orders: not a sheet", base, "street_dispatcher", 409, give(check, "orders.xlsx", b"PK"))
    yield Stop("orders: checked", base, "street_dispatcher", go=give(check, "演示.xlsx", _orders()))


def _orders() -> bytes:
    """One order that can be imported, and one that cannot."""
    book = Workbook()
    names = ("number", "content", "district", "street", "deadline")
    book.active.append([DEFAULT.header(name) for name in names])
    for number, deadline in (("YS1", "2030-01-02 17:00:00"), ("YS2", "")):
        book.active.append([number, "演示工单：路灯不亮", "宽城区", "兴业街道", deadline])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _schedules(watch: Watch) -> Iterator[Stop]:
    base, community = "/admin/issues/schedule/add/", f"{STREET}001"
    yield Stop("schedule: new", base, "street_dispatcher")
    yield Stop("schedule: refused", base, "street_dispatcher", 422, press(".gz-step [type=submit]"))
    answers = {"place": community, "text": "演示：检查消防通道", "at": "09:00"}

    def look(page: Any) -> None:
        page.select_option("[name=category]", "hazard_fire")
        fill("[name=look]", **answers)(page)

    yield Stop("schedule: next dates", base, "street_dispatcher", go=look)


def _outside(watch: Watch) -> Iterator[Stop]:
    """A decision that lacks its day."""
    ours = OURS.format("district_id")
    task = watch.one(f"SELECT id FROM issues_outsidetask WHERE state = 'open' AND {ours} ORDER BY id LIMIT 1")
    decide = "form[action$='/do/settle/'] [type=submit]"

    def allow(page: Any) -> None:
        page.click("details.gz-step summary")
        page.select_option("[name=settle-state]", "allowed")
        press(decide)(page)

    there = f"/admin/issues/outsidetask/{task}/change/"
    yield Stop("outside: refused", there, "district_dispatcher", 422, allow)


def _policies(watch: Watch) -> Iterator[Stop]:
    """The rules of the district and of a street, every kind of them, and every form."""
    of = "/admin/grids/policy/of"
    yield Stop("rules of the district", f"{of}/{DISTRICT}/", "system_admin")
    yield Stop("rules of the street", f"{of}/{STREET}/", "street_leader")
    for key, kind in KINDS.items():
        code, reader = (DISTRICT, "system_admin") if "district" in kind.at else (STREET, "street_leader")
        # These tables have a column of English words beside each Chinese one.
        yield Stop(
            f"rule: {key}",
            f"{of}/{code}/{key}/",
            reader,
            bilingual=any("_en" in one.key for one in kind.columns),
        )
        # The choices of a question are written in both languages, one a line.
        yield Stop(f"rule: change {key}", f"{of}/{code}/{key}/edit/", reader, bilingual=key == "questions")
    ladder = f"{of}/{DISTRICT}/ladder/edit/"
    yield Stop("rule: no reason", ladder, "system_admin", 422, press("[name=preview]"))
    shorter = fill("[name=preview]", **{"all.remind_percent": "70", "reason": "演示：提前提醒"})
    yield Stop("rule: what changes", ladder, "system_admin", go=shorter)


def _calendars(watch: Watch) -> Iterator[Stop]:
    calendar = f"/admin/calendars/calendar/{watch.one('SELECT id FROM calendars_calendar ORDER BY id LIMIT 1')}/change/"
    change = "form[action$='/do/hours/'] [type=submit]"
    yield Stop("calendar: hours refused", calendar, "system_admin", 422, press(change))
    hours = fill(change, **{"hours-hours": "09:00-12:00,13:00-17:00"})
    yield Stop("calendar: what other hours would do", calendar, "system_admin", go=hours)


def _boundaries(watch: Watch) -> Iterator[Stop]:
    base, check = "/admin/grids/unit/boundaries/", ".gz-step [type=submit]"
    code, shape = watch.stack.query(
        "SELECT code, boundary FROM grids_unit WHERE kind = 'grid' AND boundary IS NOT NULL AND code LIKE %s "
        "ORDER BY code LIMIT 1",
        (f"{STREET}%",),
    )[0]
    ring = shape["coordinates"][0]
    corner = {"type": "Polygon", "coordinates": [[*ring[:3], ring[0]]]}
    crossing = {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3], ring[0]]]}

    def file(one: Any) -> bytes:
        feature = {"type": "Feature", "properties": {"code": code}, "geometry": one}
        return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()

    yield Stop("boundaries: file", base, "system_admin")
    yield Stop("boundaries: no file", base, "system_admin", 422, press(check))
    yield Stop("boundaries: faults", base, "system_admin", 422, give(check, "a.geojson", file(crossing)))
    yield Stop("boundaries: what changes", base, "system_admin", go=give(check, "b.geojson", file(corner)))


def _units(watch: Watch) -> Iterator[Stop]:
    yield Stop("unit: new district", "/admin/grids/unit/add/", SETS_UP)
    yield Stop(
        "unit: new district refused", "/admin/grids/unit/add/", SETS_UP, 422, press(".gz-step [type=submit]")
    )
    yield from _boundaries(watch)
    yield from _doors(watch)
    yield from _previews(watch)
    street = watch.one("SELECT id FROM grids_unit WHERE code = %s", STREET)
    body = watch.one("SELECT id FROM grids_body WHERE code LIKE %s ORDER BY id LIMIT 1", f"{STREET}%")
    post = watch.one("SELECT id FROM grids_post WHERE unit_id = %s ORDER BY id LIMIT 1", street)
    for model, pk, key in (("unit", street, "move"), ("body", body, "appoint"), ("post", post, "leave")):
        refused = press(f"form[action$='/{key}/'] button")
        yield Stop(
            f"{model}: {key} refused", f"/admin/grids/{model}/{pk}/change/", "system_admin", 422, refused
        )


def _doors(watch: Watch) -> Iterator[Stop]:
    """A grid whose buildings have codes, as who issues and as who only prints sees it; the missing ones not
    confirmed; a building without one; what is too large."""
    grid, building = watch.stack.query(
        "SELECT u.grid_id, u.id FROM grids_buildingtoken t JOIN grids_unit u ON u.id = t.unit_id "
        "WHERE t.revoked_at IS NULL AND u.closed_at IS NULL AND u.code LIKE %s ORDER BY t.id LIMIT 1",
        (f"{STREET}%",),
    )[0]
    bare = watch.one(
        "SELECT id FROM grids_unit u WHERE kind = 'building' AND closed_at IS NULL AND code LIKE %s AND NOT EXISTS "
        "(SELECT 1 FROM grids_buildingtoken t WHERE t.unit_id = u.id AND t.revoked_at IS NULL) ORDER BY id LIMIT 1",
        f"{STREET}%",
    )
    district = watch.one("SELECT id FROM grids_unit WHERE code = %s", DISTRICT)
    yield Stop("qr: a grid", f"/admin/grids/unit/{grid}/qr/", "system_admin")
    yield Stop("qr: a grid, to print only", f"/admin/grids/unit/{grid}/qr/", "street_dispatcher")
    yield Stop("qr: one building", f"/admin/grids/unit/{building}/qr/", "system_admin")
    yield Stop("qr: no code yet", f"/admin/grids/unit/{bare}/qr/", "system_admin")
    yield Stop(
        "qr: not confirmed", f"/admin/grids/unit/{bare}/qr/", "system_admin", 422, press("form button")
    )
    yield Stop("qr: a district", f"/admin/grids/unit/{district}/qr/", "system_admin")


def _previews(watch: Watch) -> Iterator[Stop]:
    """What moving a building to another grid would mean; and why a street that has communities is not closed."""
    building, grid = watch.stack.query(
        "SELECT b.id, g.code FROM grids_unit b JOIN grids_unit g ON g.kind = 'grid' AND g.id <> b.parent_id "
        "AND g.closed_at IS NULL AND g.district_id = b.district_id WHERE b.kind = 'building' "
        "AND b.closed_at IS NULL AND b.code LIKE %s ORDER BY b.id, g.id LIMIT 1",
        (f"{STREET}%",),
    )[0]
    move = fill("form[action$='/do/move/'] button", **{"move-code": grid})
    yield Stop("unit: what a move means", f"/admin/grids/unit/{building}/change/", "system_admin", go=move)
    street = watch.one("SELECT id FROM grids_unit WHERE code = %s", STREET)
    close = agree("form[action$='/do/close/'] button", "close-sure")
    yield Stop("unit: why it is not closed", f"/admin/grids/unit/{street}/change/", "system_admin", go=close)


def _sheets(watch: Watch) -> Iterator[Stop]:
    """One that can be imported, and one that is none."""
    base, check = "/admin/grids/sheetfile/add/", ".gz-step [type=submit]"
    yield Stop("sheet: upload", base, "system_admin")
    yield Stop("sheet: no file", base, "system_admin", 422, press(check))
    yield Stop("sheet: not a sheet", base, "system_admin", 422, give(check, "units.xlsx", b"PK"))
    units = f"编码,类型,名称\n{STREET}099,社区,演示社区\n".encode()
    yield Stop("sheet: checked", base, "system_admin", go=give(check, "演示.csv", units))
    listed = f"位置编码,问题类别,描述\n{STREET},垃圾未清运,演示：巷口堆放垃圾\n9,无此类别,\n".encode()
    issues = give(check, "演示.csv", listed)
    yield Stop("sheet: list of issues checked", f"{base}?kind=issues", "street_dispatcher", go=issues)


def _services(watch: Watch) -> Iterator[Stop]:
    """Other systems: a new one, refused; a token, a name, the end, refused."""
    base, add = "/admin/accounts/serviceaccount/add/", ".gz-step [type=submit]"
    yield Stop("service account: new", base, "system_admin")
    yield Stop("service account: new refused", base, "system_admin", 422, press(add))
    ((pk, _sort),) = watch.stack.query(SUBJECTS["serviceaccount"].format(street=STREET))
    page = f"/admin/accounts/serviceaccount/{pk}/change/"
    for key in ("token", "revoke", "close"):
        refused = press(f"form[action$='/do/{key}/'] button")
        yield Stop(f"service account: {key} refused", page, "system_admin", 422, refused)
    nameless = fill("form[action$='/do/rename/'] button", **{"rename-display_name": " "})
    yield Stop("service account: rename refused", page, "system_admin", 422, nameless)


def _webhooks(watch: Watch) -> Iterator[Stop]:
    """A new one, refused and with its secret; a step refused."""
    base, add = "/admin/notices/subscription/add/", ".gz-step [type=submit]"
    yield Stop("webhook: new", base, "system_admin")
    yield Stop("webhook: new refused", base, "system_admin", 422, press(add))
    sight = watch.stack.credentials["users"]["street_dispatcher"]["username"]
    answers = {"name": "演示系统", "address": "http://127.0.0.1:9/", "unit": STREET, "account": sight}
    secret = fill(add, **{f"add-{name}": value for name, value in answers.items()})
    yield Stop("webhook: secret", base, "system_admin", go=secret)
    pk = watch.one("SELECT id FROM notices_subscription ORDER BY id LIMIT 1")
    refused = press("form[action$='/do/end/'] button")
    yield Stop(
        "webhook: end refused", f"/admin/notices/subscription/{pk}/change/", "system_admin", 422, refused
    )


def _groups(watch: Watch) -> Iterator[Stop]:
    """A new one, and refused; a step refused."""
    base = "/admin/notices/groupchannel/add/"
    yield Stop("group channel: new", base, "system_admin")
    yield Stop("group channel: new refused", base, "system_admin", 422, press(".gz-step [type=submit]"))
    pk = watch.one("SELECT id FROM notices_groupchannel ORDER BY id LIMIT 1")
    refused, page = press("form[action$='/do/end/'] button"), f"/admin/notices/groupchannel/{pk}/change/"
    yield Stop("group channel: removal refused", page, "system_admin", 422, refused)


def _kiosks(watch: Watch) -> Iterator[Stop]:
    """A new one, refused and with its address; a step refused."""
    base, add = "/admin/desk/kiosk/add/", ".gz-step [type=submit]"
    yield Stop("wall link: new", base, "system_admin")
    yield Stop("wall link: new refused", base, "system_admin", 422, press(add))
    address = fill(add, **{"make-name": "演示：大厅", "make-unit": STREET})
    yield Stop("wall link: address", base, "system_admin", go=address)
    pk = watch.one("SELECT id FROM desk_kiosk WHERE revoked_at IS NULL ORDER BY id LIMIT 1")
    refused, page = press("form[action$='/do/revoke/'] button"), f"/admin/desk/kiosk/{pk}/change/"
    yield Stop("wall link: revoking refused", page, "system_admin", 422, refused)


def _lists(watch: Watch) -> Iterator[Stop]:
    """The three lists and the board, the rates, snapshots and filters of one's own."""
    lists, reader = "/admin/lists", "street_dispatcher"
    yield Stop("snapshots: none yet", f"{lists}/snapshots/", "community_worker")
    for key in ("issues", "duties", "tasks", "board", "calls"):
        yield Stop(f"list: {key}", f"{lists}/{key}/", reader)
    yield Stop("list: nothing found", f"{lists}/issues/?first=2000-01-01&last=2000-01-02", reader)
    yield Stop("list: wrong filter", f"{lists}/issues/?unit=999999", reader, 422)
    keep = fill("form[action$='/filter/'] button", name="本月逾期")
    yield Stop("list: own filter", f"{lists}/issues/?late=on", reader, go=keep)
    yield Stop("own filters: none yet", f"{lists}/admin_issues/filters/", "community_worker")
    yield Stop("issues: own filter", "/admin/issues/issue/?due=late", reader, go=_keeps_a_filter)
    yield Stop("own filters", f"{lists}/admin_issues/filters/", reader, go=_opens_all)
    for many in (20, 50):
        address = f"/admin/issues/issue/?due=open&category=road&unit={STREET}&rows={many}"
        yield Stop(f"issues: filters, {many} to a page", address, reader, go=_opens_filters)
    yield Stop("orders: filters", "/admin/issues/hotlineorder/", reader, go=_opens_filters)
    yield Stop("issues: which place", f"/admin/issues/issue/?due=open&called={STREET}", reader)
    yield Stop("snapshot", f"{lists}/board/", reader, go=press("form[action$='/snapshot/'] button"))
    yield Stop("snapshots", f"{lists}/snapshots/", reader)
    for by in ("unit", "body", "category"):
        yield Stop(f"rates by {by}", f"{lists}/rates/?by={by}", reader)
    for by in ("called", "caller"):
        yield Stop(f"assessment by {by}", f"{lists}/assessment/?by={by}&period=this_year", reader)
    yield Stop(
        "rates: wrong period", f"{lists}/rates/?period=free&first=2026-02-01&last=2026-01-01", reader, 422
    )
