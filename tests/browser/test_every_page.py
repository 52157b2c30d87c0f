"""Every page of every face, as a demanding reader sees it: by rule, in both languages, narrow and wide, light and dark.

A new admin page is found by itself; one whose address needs more than a subject's number must be named below.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from playwright.sync_api import Browser, Page

from grids.roles import ROLES
from tests.browser.watch import NARROW, PHONE, WIDE, Stop, Watch
from tests.live import LiveStack
from trail import words

# Not clean yet: the pages of jobs, policies, hotline orders, schedules and lists have not been walked through.
# `make pages` runs it; part of `make test` again as soon as it finds nothing.
pytestmark = [
    pytest.mark.live,
    pytest.mark.browser,
    pytest.mark.skipif(os.environ.get("PAGES") != "1", reason="newest admin pages not clean yet: make pages"),
]
# Addresses of admin pages that only take a form or give a file: they lead back to the page they stand on.
FORMS_ONLY = re.compile(r"(^|_)(do|delete|history|retry|withdraw|confirm|drop|wrong|export|template)$")
STREET = "220103006"  # the street of those who sign in


@pytest.fixture(scope="module")
def watch(live_stack: LiveStack, browser: Browser) -> Iterator[Watch]:
    made = Watch(live_stack, browser)
    yield made
    made.close()


@pytest.fixture
def findings(watch: Watch) -> list[str]:
    watch.findings.clear()
    return watch.findings


def one(watch: Watch, statement: str, *values: Any) -> Any:
    """The first value of a row that the demo must have."""
    rows = watch.stack.query(statement, values)
    assert rows, f"the demo has none: {statement} {values}"
    return rows[0][0]


def press(selector: str) -> Any:
    """Send a form as it stands, past the browser's own questions."""

    def go(page: Page) -> None:
        page.evaluate("document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.locator(selector).last.click()

    return go


def unsigned(selector: str) -> Any:
    """Send a form without its token, as a page that was open too long does."""

    def go(page: Page) -> None:
        page.evaluate(
            "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((one) => one.remove())"
        )
        press(selector)(page)

    return go


# --- residents ---
def resident_stops(watch: Watch) -> Iterator[Stop]:
    scan = watch.stack.credentials["resident_url"].removeprefix(watch.base)
    community = one(
        watch, "SELECT code FROM grids_unit WHERE kind = 'community' AND code LIKE %s", f"{STREET}%"
    )
    yield Stop("scanned", scan)
    yield Stop("report refused", scan, status=422, go=press("form[data-once] button"))
    yield Stop("unknown code", "/r/no-such-code/", status=404)
    yield Stop("choose", "/r/")
    yield Stop("found", f"/r/?q={one(watch, 'SELECT name FROM grids_unit WHERE code = %s', community)}")
    yield Stop("not found", "/r/?q=nowhere-at-all")
    yield Stop("not near", "/r/?lat=0&lon=0")
    yield Stop("a place", f"/r/at/{community}/")
    yield Stop("report by place", f"/r/at/{community}/report/")
    yield Stop("look up", "/f/")
    yield Stop("look up refused", "/f/", status=422, go=press("form.card button"))
    yield Stop("nothing here", "/nowhere/", status=404)
    yield Stop("open too long", "/f/", status=403, go=unsigned("form.card button"))
    yield Stop("sign in", "/accounts/login/")
    yield Stop("sign in refused", "/accounts/login/", go=press("form.card button"))
    yield from follow_stops(watch)


def follow_stops(watch: Watch) -> Iterator[Stop]:
    """The follow page in every state that the demo has, and the three questions refused."""
    rows = watch.stack.query("SELECT DISTINCT ON (state, disputed) code, state, disputed FROM issues_issue")
    assert {"assigned", "handling", "resolved", "closed"} <= {state for _code, state, _disputed in rows}
    signed = watch.stack.python(
        "from issues.views.follow import SIGNER\n"
        f"result = {{code: SIGNER.sign(code) for code in {[code for code, *_ in rows]!r}}}"
    )
    for code, state, disputed in rows:
        yield Stop(f"follow {state}{' disputed' if disputed else ''}", f"/f/{signed[code]}/")
        if state == "resolved" and not disputed:
            yield Stop(
                "rating refused", f"/f/{signed[code]}/", status=422, go=press("form[action$='/rate/'] button")
            )
    danger = one(watch, "SELECT code FROM issues_issue WHERE is_danger ORDER BY id DESC LIMIT 1")
    link = watch.stack.python(f"from issues.views.follow import SIGNER\nresult = SIGNER.sign({danger!r})")
    yield Stop("sent", f"/f/{link}/sent/")


def test_residents(watch: Watch, findings: list[str]) -> None:
    for stop in list(resident_stops(watch)):
        watch.see(stop, (PHONE, NARROW))
    assert not findings, "\n".join(findings)


# --- phones ---
def phone_stops(watch: Watch) -> Iterator[Stop]:
    for role in ("grid_worker", "body_officer", "spotter", "supervisor", "audit_admin"):
        yield Stop(f"today of {role}", "/", role)
    for tab in ("called", "registered", "around"):
        yield Stop(f"today, {tab}", f"/?tab={tab}", "grid_worker")
    yield Stop("inbox", "/notices/", "grid_worker")
    yield Stop("report", "/report/", "grid_worker")
    yield Stop("report of a street", "/report/", "street_dispatcher")
    yield Stop("report refused", "/report/", "grid_worker", 422, press("form[data-once] button"))
    yield Stop("not yours", "/report/", "body_officer", 403)
    yield Stop("nothing here", "/i/no-such-code/", "grid_worker", 404)
    yield from issue_stops(watch)


def issue_stops(watch: Watch) -> Iterator[Stop]:
    """The issue's page of whoever has it, in every state that the demo has, all panels open."""
    rows = watch.stack.query(
        "SELECT DISTINCT ON (i.state, i.disputed, u.kind) i.code, i.state, COALESCE(u.kind, 'body') FROM issues_issue i "
        "JOIN grids_unit g ON g.id = i.grid_id LEFT JOIN grids_unit u ON u.id = i.owner_unit_id "
        "WHERE g.code LIKE %s ORDER BY i.state, i.disputed, u.kind, i.open_whistles, i.id DESC",
        (f"{watch.stack.credentials['users']['grid_worker']['unit_code']}%",),
    )
    readers = {"grid": "grid_chief", "community": "community_worker", "street": "street_dispatcher"}
    for code, state, kind in rows:
        yield Stop(f"issue {state} at {kind}", f"/i/{code}/", readers.get(kind, "district_dispatcher"))
    called = one(
        watch,
        "SELECT i.code FROM issues_callee c JOIN issues_issue i ON i.id = c.issue_id "
        "JOIN grids_body b ON b.id = c.body_id WHERE c.state = 'called' AND b.code = %s",
        watch.stack.credentials["users"]["body_officer"]["body"],
    )
    yield Stop("issue that calls me", f"/i/{called}/", "body_officer")
    taken = next(code for code, state, kind in rows if (state, kind) == ("handling", "grid"))
    refused = press("form[action$='/submit_result/'] > .button")
    yield Stop("result refused", f"/i/{taken}/submit_result/", "grid_chief", 422, refused)


def test_phones(watch: Watch, findings: list[str]) -> None:
    for stop in list(phone_stops(watch)):
        watch.see(stop, (PHONE, NARROW))
    assert not findings, "\n".join(findings)


# --- the staff admin ---
def reader_of(page: Any, users: dict[str, Any]) -> str:
    """A role of the demo that may open this admin's pages."""
    wanted = {*page.view_with, *page.write_with}
    first = {*page.write_with} or wanted
    able = [role for role in users if ROLES[role].can & first] or [
        role for role in users if ROLES[role].can & wanted
    ]
    return next(role for role in ("district_dispatcher", *reversed(able)) if role in able)


def admin_stops(watch: Watch) -> Iterator[Stop]:
    users = watch.stack.credentials["users"]
    yield Stop("sign in", "/admin/login/")
    yield Stop("sign in refused", "/admin/login/", go=press("#login-form button[type=submit]"))
    yield Stop("password", "/admin/password_change/", "street_dispatcher")
    yield Stop("nothing here", "/admin/nowhere/", "street_dispatcher", 404)
    for role in ("street_dispatcher", "body_officer", "system_admin", "audit_admin"):
        yield Stop(f"desk of {role}", "/admin/", role)
    for model, page in admin.site._registry.items():
        yield from model_stops(watch, model, page, reader_of(page, users))


def model_stops(watch: Watch, model: Any, page: Any, reader: str) -> Iterator[Stop]:
    """The pages that an admin class answers: its list, the list of its app, one subject, whatever it adds."""
    label, name = model._meta.app_label, model._meta.model_name
    base = f"/admin/{label}/{name}/"
    for pattern in page.get_urls():
        match (pattern.name or "").removeprefix(f"{label}_{name}_"):
            case "changelist":
                yield Stop(f"{name}: list", base, reader)
                yield Stop(f"{name}: nothing found", f"{base}?q=nothing-is-called-so", reader)
            case "add":
                if "add_view" in vars(type(page)):
                    yield Stop(f"{name}: add", f"{base}add/", "superuser")
                    yield Stop(
                        f"{name}: add refused", f"{base}add/", "superuser", 422, press(".gz-step button")
                    )
            case "change":
                yield from subject_stops(watch, model, base, reader)
            case "" | "autocomplete":
                pass
            case other:
                assert FORMS_ONLY.search(other), (
                    f"{base}: the page {other} is looked at by no test; name it here"
                )


def subject_stops(watch: Watch, model: Any, base: str, reader: str) -> Iterator[Stop]:
    """One subject of each sort that has its own page."""
    name = model._meta.model_name
    table, own = model._meta.db_table, SUBJECTS.get(name)
    if own is None:
        rows = watch.stack.query(f'SELECT id, %s FROM "{table}" ORDER BY id DESC LIMIT 1', ("one",))
    else:
        rows = watch.stack.query(own.format(street=STREET))
    for pk, sort in rows:
        yield Stop(f"{name}: {sort}", f"{base}{pk}/change/", reader, bilingual=name == "category")
    if name == "unit":
        pk = rows[0][0]
        yield Stop(
            "unit: move refused", f"{base}{pk}/change/", reader, 422, press("form[action$='/move/'] button")
        )


# Sorts of subjects: number and sort of one each.
SUBJECTS = {
    "unit": "SELECT DISTINCT ON (kind) id, kind FROM grids_unit "
    "WHERE (code LIKE '{street}%%' OR '{street}' LIKE code || '%%') AND closed_at IS NULL ORDER BY kind, id",
    "body": "SELECT DISTINCT ON (kind) id, kind FROM grids_body WHERE code LIKE '220103%%' ORDER BY kind, id LIMIT 2",
    "post": "SELECT DISTINCT ON (p.role) p.id, p.role FROM grids_post p JOIN grids_unit u ON u.id = p.unit_id "
    "WHERE u.code LIKE '220103%%' ORDER BY p.role, p.id LIMIT 3",
    "event": "SELECT DISTINCT ON (subject_type) id, subject_type FROM trail_event ORDER BY subject_type, id DESC LIMIT 4",
    "issue": "SELECT DISTINCT ON (i.state, i.disputed, i.owner_unit_id IS NULL) i.id, "
    "i.state || ' ' || COALESCE(u.kind, 'body') FROM issues_issue i JOIN grids_unit s ON s.id = i.street_id "
    "LEFT JOIN grids_unit u ON u.id = i.owner_unit_id "
    "WHERE s.code = '{street}' ORDER BY i.state, i.disputed, i.owner_unit_id IS NULL, i.id",
}  # fmt: skip


@pytest.fixture
def superuser(watch: Watch) -> None:
    """Whoever sets the platform up: a sign-in that the demo does not have."""
    word = "only-for-this-test-42"
    watch.stack.python(
        "from accounts.models import User\n"
        f"result = User.objects.filter(username='setup').exists() or bool(User.objects.create_superuser('setup', {word!r}))"
    )
    watch.more = {"superuser": {"username": "setup", "password": word}}


def test_staff_admin(watch: Watch, findings: list[str], superuser: None) -> None:
    for stop in list(admin_stops(watch)):
        watch.see(stop, (WIDE, PHONE))
    assert not findings, "\n".join(findings)


def test_every_code_of_the_trail_has_words(live_stack: LiveStack) -> None:
    """What the running demo records, in the words of the trail's pages."""
    recorded = live_stack.query("SELECT DISTINCT subject_type, verb FROM trail_event")
    assert len(recorded) > 20
    assert [(subject, verb) for subject, verb in recorded if verb not in words.SUBJECTS[subject].verbs] == []
    handlers = live_stack.query("SELECT DISTINCT handler FROM trail_delivery")
    assert [key for (key,) in handlers if key not in words.HANDLERS] == []
