"""The pages of residents, and those that everybody may come upon."""

from collections.abc import Iterator

from tests.browser.deeds import press, refused_with_photo, report, unsigned, wrong_passwords
from tests.browser.watch import Stop, Watch

STREET = "220103006"  # the street of those who sign in


def stops(watch: Watch) -> Iterator[Stop]:
    scan = watch.stack.credentials["resident_url"].removeprefix(watch.base)
    community = watch.one(
        "SELECT code FROM grids_unit WHERE kind = 'community' AND code LIKE %s", f"{STREET}%"
    )
    name = watch.one("SELECT name FROM grids_unit WHERE code = %s", community)
    yield Stop("scanned", scan)
    yield Stop("report refused", scan, status=422, go=press("form[data-once] button"))
    yield Stop("report refused, its photo kept", scan, status=422, go=refused_with_photo)
    category = watch.one(
        "SELECT c.key FROM issues_issue i JOIN issues_category c ON c.id = i.category_id JOIN grids_buildingtoken t "
        "ON t.unit_id = i.building_id WHERE %s LIKE '%%' || t.token || '%%' AND c.for_residents AND NOT c.is_danger "
        "AND i.state IN ('assigned', 'handling') AND i.about_unit_id IS NULL AND c.kind <> 'dispute' "
        "ORDER BY i.id DESC LIMIT 1",
        scan,
    )
    yield Stop("is it one of these", scan, go=report(category))
    yield Stop("sent", scan, go=report(category, join="new"))
    yield Stop("unknown code", "/r/no-such-code/", status=404)
    yield Stop("choose", "/r/")
    yield Stop("found", f"/r/?q={name}")
    yield Stop("not found", "/r/?q=nowhere-at-all")
    yield Stop("not near", "/r/?lat=0&lon=0")
    yield Stop("a place", f"/r/at/{community}/")
    yield Stop("solved in a place", f"/r/at/{community}/solved/")
    yield Stop("report by place", f"/r/at/{community}/report/")
    yield Stop("look up", "/f/")
    yield Stop("look up refused", "/f/", status=422, go=press("form.card button"))
    yield from _follow(watch)
    yield Stop("nothing here", "/nowhere/", status=404)
    yield Stop("open too long", "/f/", status=403, go=unsigned("form.card button"))
    yield Stop("problems of the API", "/api/docs/problems/")
    yield Stop("went wrong", "/went-wrong/", status=500, template="500.html")
    yield Stop("very busy", "/very-busy/", status=503, template="trail/busy.html")
    yield Stop("sign in", "/accounts/login/")
    yield Stop("sign in refused", "/accounts/login/", go=press("form.card button"))
    yield Stop("locked out", "/accounts/login/", status=429, go=wrong_passwords)


def _follow(watch: Watch) -> Iterator[Stop]:
    """The follow page in every state that the demo has, and a rating refused."""
    rows = watch.stack.query(
        "SELECT DISTINCT ON (state, disputed, asked_at IS NULL) code, state || CASE WHEN disputed THEN ', disputed' "
        "ELSE '' END || CASE WHEN asked_at IS NULL THEN '' ELSE ', asked' END FROM issues_issue "
        "ORDER BY state, disputed, asked_at IS NULL, id DESC"
    )
    assert {"assigned", "handling", "resolved", "closed", "rejected", "merged", "suspended"} <= {
        sort.split(", ")[0] for _code, sort in rows
    }
    unrated = watch.one(
        "SELECT i.code FROM issues_issue i LEFT JOIN issues_rating r ON r.issue_id = i.id "
        "WHERE i.state = 'resolved' AND NOT i.disputed AND r.id IS NULL AND i.source = 'resident' LIMIT 1"
    )
    danger = watch.one("SELECT code FROM issues_issue WHERE is_danger ORDER BY id DESC LIMIT 1")
    signed = watch.stack.python(
        "from issues.views.follow import SIGNER\n"
        f"result = {{code: SIGNER.sign(code) for code in {[danger, unrated, *(code for code, _sort in rows)]!r}}}"
    )
    for code, sort in rows:
        yield Stop(f"follow {sort}", f"/f/{signed[code]}/")
    rate = press("form[action$='/rate/'] button")
    yield Stop("rating refused", f"/f/{signed[unrated]}/", status=422, go=rate)
    yield Stop("sent, a danger", f"/f/{signed[danger]}/sent/")
