"""The phone pages of workers, officers and whoever else has a post."""

from collections.abc import Iterator

from tests.browser.deeds import fill, press
from tests.browser.watch import Stop, Watch

CHAT = "张三 9:05\n演示数据：1号楼二单元门口的路灯不亮 晚上走路看不清"
# Sort of part → the verb whose form is opened at its own address.
PARTS = {"callee": "acknowledge", "task": "take_task", "decision": "grant"}


def stops(watch: Watch) -> Iterator[Stop]:
    for role in ("grid_worker", "body_officer", "spotter", "building_head", "supervisor", "audit_admin"):
        yield Stop(f"today of {role}", "/", role)
    for tab in ("called", "registered", "around"):
        yield Stop(f"today, {tab}", f"/?tab={tab}", "grid_worker")
    yield Stop("today, to be called back", "/?tab=calls", "street_dispatcher")
    yield Stop("inbox", "/notices/", "grid_worker")
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
    yield Stop("not yours", "/report/", "body_officer", 403)
    yield Stop("nothing here", "/i/no-such-code/", "grid_worker", 404)
    yield from _issues(watch)


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
