"""The phone without a net, as far as the server has a part in it: what is installed, who is signed in, and what a
phone is told that sends later what it kept."""

import gzip
import json
import re

import pytest
from django.test import Client

from grids.actions.tokens import issue_token
from issues.actions import PERFORM
from issues.actions.categories import load_categories, packaged_rows
from issues.actions.escalate import sweep_once
from issues.models import Deadline, Issue
from issues.views.follow import follow_link
from tests.faces import ENGLISH, hidden, panels, photo, signed_in, stop_clock, visitor
from tests.issues.acting import Acting
from trail.models import Event

KEPT = {"X-Outbox": "1"}
# What a phone loads at first, compressed: the page, its style, its scripts.
MOST_BYTES = 60 * 1024


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


def filled(client, place, **answers):
    """A report's address and everything that its form sends."""
    address = f"/report/{place.code}/"
    form = client.get(address).context["form"]
    return address, hidden(form) | {
        "category": "litter",
        "text": "演示:离线登记",
        "source": "patrol",
    } | answers


def verb_of(client, issue, verb, **answers):
    panel = panels(client.get(f"/i/{issue.code}/{verb}/"))[verb]
    return panel.address, hidden(panel.form) | answers


# --- installable ---
def test_the_manifest_can_be_installed():
    answer = visitor().get("/manifest.webmanifest")
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/manifest+json"
    assert (told["start_url"], told["scope"], told["display"]) == ("/", "/", "standalone")
    assert {"192x192", "512x512", "any"} == {icon["sizes"] for icon in told["icons"]}
    client = visitor()
    for icon in told["icons"]:
        assert client.get(icon["src"]).status_code == 200, icon


def test_the_worker_holds_for_all_pages_and_is_always_asked_for():
    answer = visitor().get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    told = json.loads(re.search(r"TOLD = (\{.*?\});", answer.content.decode())[1])
    for address in (*told["shell"], told["offline"]):
        assert visitor().get(address).status_code == 200, address
    assert set(told["drops"]) == {
        "/accounts/logout/",
        "/accounts/login/",
        "/accounts/text/",
        "/i18n/setlang/",
    }
    for script in re.findall(r'"([^"]+\.js)"', answer.content.decode().partition("importScripts")[2]):
        assert visitor().get(script).status_code == 200, script


def test_what_is_secret_is_never_kept():
    """The worker's own list of what it leaves alone, and of what it keeps."""
    code = b"".join(visitor().get("/static/js/worker.js").streaming_content).decode().replace("\\\\", "\\")
    others = re.compile(re.search(r"OTHERS = /(.*)/;", code)[1].replace("\\/", "/"))
    assert all(
        others.match(path)
        for path in ("/admin/", "/api/v1/issues/", "/f/a:b/", "/r/at/1/", "/calendar/x.ics")
    )
    parts = dict(re.findall(r'\b([A-Z_]+) = "([^"]*)"', code))
    readable, sendable = (
        re.compile(re.sub(r"\$\{(\w+)\}", lambda found: parts[found[1]], told))
        for told in re.findall(r"(?:READ|SEND)ABLE = new RegExp\(`(.*)`\)", code)
    )
    for path in (
        "/",
        "/report/",
        "/report/220103001001001/",
        "/report/chat/",
        "/i/abc/",
        "/i/abc/sign/",
        "/i/abc/callees/7/done/",
        "/grid/",
        "/volunteers/mine/goods/",
        "/volunteers/mine/shifts/",
        "/volunteers/mine/hours/new/",
        "/volunteers/run/7/",
        "/volunteers/pairings/7/",
        "/volunteers/pairings/7/visit/",
    ):
        assert readable.match(path), path
    for path in (
        "/i/abc/contact/reveal/",
        "/photo/1/",
        "/accounts/tokens/",
        "/accounts/calendar/",
        "/volunteers/mine/points/",
        "/volunteers/redemptions/1/give-up/",
        "/volunteers/stations/1/counter/",
        "/volunteers/run/7/code/",
        "/volunteers/at/220103001001/pairings/",
    ):
        assert not readable.match(path), path
    for path in (
        "/report/220103001001001/",
        "/report/chat/",
        "/i/abc/sign/",
        "/volunteers/mine/hours/new/",
        "/volunteers/pairings/7/visit/",
        "/volunteers/sign-ups/7/check_in/",
    ):
        assert sendable.match(path), path
    for path in (
        "/report/",
        "/volunteers/sign-ups/7/cancel/",
        "/volunteers/pairings/7/visit/open/",
        "/volunteers/goods/7/",
    ):
        assert not sendable.match(path), path


def test_the_page_for_no_net_names_nobody(town):
    content = signed_in(town, "grid_worker").get("/offline/").content.decode()
    assert "No net" in content and "grid_worker" not in content and "119" in content


def test_pages_of_staff_know_whose_they_are_and_those_of_residents_stay_as_they_were(town):
    worker = town.people["grid_worker"]
    content = signed_in(town, "grid_worker").get("/").content.decode()
    assert (
        f'data-person="{worker.pk}"' in content
        and "/manifest.webmanifest" in content
        and "js/outbox" in content
    )
    for path in ("/r/", "/f/", "/accounts/login/"):
        content = visitor().get(path).content.decode()
        assert "data-person" not in content and "manifest" not in content and "js/outbox" not in content


def test_a_page_that_is_only_kept_eats_no_message(town):
    client = signed_in(town, "grid_worker")
    issue = town.report()
    address, data = verb_of(client, issue, "sign")
    client.post(address, data)
    assert "Recorded" not in client.get("/", headers={"X-Keep": "1"}).content.decode()
    assert "Recorded" in client.get("/").content.decode()


def weight(client: Client, path: str) -> tuple[int, int]:
    """(static parts that the page names, bytes of all that, compressed as they are sent)."""
    page = client.get(path)
    assert page.status_code == 200, path
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', page.content.decode()))
    loaded = [b"".join(visitor().get(one).streaming_content) for one in files]
    return len(files), sum(len(gzip.compress(one, 6)) for one in (page.content, *loaded))


def test_the_first_load_stays_light(town):
    """Of every kind of page for phones, with a full day and with all categories that are shipped."""
    act = Acting(town, town.now)
    for _number in range(20):
        town.report()
    called, done = (
        act.handling("noise", "community_worker"),
        act("submit_result", act.handling(), "grid_worker"),
    )
    door = issue_token(town.building, by=None, now=town.now)
    load_categories(packaged_rows(), by=None, now=town.now)
    worker, whistler, resident = (
        signed_in(town, "grid_worker"),
        signed_in(town, "community_worker"),
        visitor(),
    )
    pages = (
        *(
            (worker, path, 5)
            for path in (f"/report/{town.building.code}/", f"/i/{done.code}/", "/grid/", "/notices/")
        ),
        (worker, "/", 6),
        (whistler, f"/i/{called.code}/whistle/", 5),
        *((resident, path, 3) for path in ("/r/", f"/r/{door.token}/", "/f/", follow_link(done))),
    )
    for client, path, parts in pages:
        files, size = weight(client, path)
        assert files == parts and size <= MOST_BYTES, (path, files, size)


# --- who is signed in ---
def test_the_token_is_bound_to_the_person(town):
    answer = signed_in(town, "grid_worker").get("/outbox/token/")
    assert answer.json()["person"] == str(town.people["grid_worker"].pk) and answer.json()["token"]
    assert "no-store" in answer.headers["Cache-Control"]
    nobody = visitor().get("/outbox/token/")
    assert (nobody.status_code, nobody.json()) == (401, {"fate": "sign_in"})


def test_with_the_token_a_kept_form_is_accepted_and_without_it_another_one_is_asked_for(town):
    client = Client(enforce_csrf_checks=True, headers=ENGLISH)
    client.force_login(town.people["grid_worker"], backend="grids.backends.PostBackend")
    address, data = filled(client, town.building)
    refused = client.post(address, data, headers=KEPT)
    assert (refused.status_code, refused.json()) == (403, {"fate": "token"})
    token = client.get("/outbox/token/").json()["token"]
    done = client.post(address, data, headers=KEPT | {"X-CSRFToken": token})
    assert done.status_code == 200 and done.json()["fate"] == "done"


def test_somebody_signed_out_keeps_it(town):
    address, data = filled(signed_in(town, "grid_worker"), town.building)
    answer = visitor().post(address, data, headers=KEPT)
    assert (answer.status_code, answer.json()) == (401, {"fate": "sign_in"})
    assert not Issue.objects.exists()


def test_whoever_signs_in_for_the_outbox_reads_that_nothing_is_lost(town):
    said = "What you sent is kept on this phone"
    assert said in visitor().get("/accounts/login/?next=/outbox/&kept=1").content.decode()
    assert said not in visitor().get("/accounts/login/").content.decode()


def test_the_outbox_has_words_for_every_fate(town):
    """`busy` is no fate: of what waits, where the platform itself has put it off."""
    content = signed_in(town, "grid_worker").get("/outbox/").content.decode()
    fates = {"waiting", "sending", "sent", "refused", "conflict", "sign_in", "held", "unsure"}
    assert (
        set(re.findall(r'data-word="(\w+)"', content))
        == set(re.findall(r'data-meaning="(\w+)"', content))
        == fates | {"busy"}
    )
    kept = b"".join(visitor().get("/static/js/kept.js").streaming_content).decode()
    assert set(re.findall(r'\bfate: "(\w+)"', kept)) <= fates
    assert "cannot keep anything" in content and "No reason was given" in content
    assert visitor().get("/outbox/").status_code == 302


# --- what became of it ---
def test_a_report_arrives_once_however_often_it_is_sent(town):
    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building)
    answers = []
    for _again in range(3):
        answers.append(client.post(address, data | {"photos": photo()}, headers=KEPT).json())
    issue = Issue.objects.get()
    assert {answer["fate"] for answer in answers} == {"done"}
    assert {answer["address"] for answer in answers} == {f"/i/{issue.code}/"}
    assert issue.number in answers[0]["said"][0] and issue.attachments.count() == 1
    assert "Registered:" not in client.get("/").content.decode(), "said to the phone, not once more on a page"


def test_nobody_is_asked_whether_it_is_one_of_these(town):
    client = signed_in(town, "grid_worker")
    for _twice in range(2):
        address, data = filled(client, town.building)
        assert client.post(address, data, headers=KEPT).json()["fate"] == "done"
    address, data = filled(client, town.building)
    assert "Is it one of these?" in client.post(address, data).content.decode()
    assert Issue.objects.count() == 2


def test_what_is_wrong_stands_beside_its_field(town):
    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building, text="", source="phone", category="nonsense")
    answer = client.post(address, data, headers=KEPT)
    told = answer.json()
    assert answer.status_code == 422 and told["fate"] == "refused"
    assert told["problems"]["text"][0].startswith("Say in words") and "category" in told["problems"]
    assert told["labels"]["text"] == "What is the matter?"
    again = client.post(address, data | {"text": "演示:现在写好了", "category": "litter"}, headers=KEPT)
    assert again.json()["fate"] == "done", "a refusal rolls the key back"


def test_it_is_said_in_the_language_of_the_reader(town):
    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building, category="")
    told = client.post(address, data, headers=KEPT | {"accept-language": "zh-hans"}).json()
    assert told["problems"]["category"] == ["该字段是必填项。"]


def test_somebody_else_was_faster(town):
    issue = town.report("noise")
    client = signed_in(town, "community_worker")
    address, data = verb_of(client, issue, "hand_up", text="演示:请支持")
    PERFORM["sign"](issue, by=town.people["community_secretary"], now=town.now)
    answer = client.post(address, data, headers=KEPT)
    told = answer.json()
    assert answer.status_code == 409 and told["fate"] == "conflict"
    assert "look again" in " ".join(told["problems"][""]) and "天光社区" in told["stands"]
    assert not Event.objects.filter(verb="hand_up").exists()


def signed(town):
    """A matter that the grid worker has in hand."""
    issue = town.report()
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    return issue


RESULT = {"outcome": "solved", "text": "done"}


def sends(client, kept):
    """What becomes of the kept forms, one after the other."""
    return [client.post(address, data, headers=KEPT).json() for address, data in kept]


@pytest.mark.parametrize(
    ("verb", "told"), [("contact", {"way": "phone"}), ("note", {"text": "演示:先记一笔"})]
)
def test_two_steps_of_one_person_both_arrive(town, verb, told):
    """Their forms stood on one page, with one version."""
    issue, client = signed(town), signed_in(town, "grid_worker")
    kept = [verb_of(client, issue, verb, **told), verb_of(client, issue, "submit_result", **RESULT)]
    assert kept[0][1]["version"] == kept[1][1]["version"]
    assert [one["fate"] for one in sends(client, kept)] == ["done", "done"]
    assert Issue.objects.get(pk=issue.pk).state == "resolved"
    verbs = list(Event.objects.about("issue", issue.pk).values_list("verb", flat=True))
    assert verbs[-2:] == [verb, "submit_result"]


def test_two_steps_of_somebody_called_both_arrive(town):
    issue = town.report("noise")
    by = {"by": town.people["community_worker"], "now": town.now}
    PERFORM["sign"](issue, **by)
    PERFORM["whistle"](issue, kind="quick", text="演示:请到场", bodies=[town.department], **by)
    callee, client = issue.callees.get(), signed_in(town, "body_officer")
    page = panels(client.get(f"/i/{issue.code}/"))
    kept = [
        (page[verb].address, hidden(page[verb].form) | told)
        for verb, told in (("acknowledge", {}), ("report_in", {"mode": "on_spot"}))
    ]
    assert [one["fate"] for one in sends(client, kept)] == ["done", "done"]
    callee.refresh_from_db()
    assert callee.state == "reported_in"


def test_somebody_else_in_between_is_still_a_conflict(town):
    issue, client = signed(town), signed_in(town, "grid_worker")
    first = verb_of(client, issue, "note", text="演示:先记一笔")
    second = verb_of(client, issue, "submit_result", **RESULT)
    assert sends(client, [first])[0]["fate"] == "done"
    PERFORM["note"](issue, by=town.people["grid_chief"], now=town.now, text="演示:先不要办结")
    answer = client.post(*second, headers=KEPT)
    assert answer.status_code == 409 and answer.json()["fate"] == "conflict"
    assert "look again" in " ".join(answer.json()["problems"][""]) and answer.json()["stands"]
    assert Issue.objects.get(pk=issue.pk).state == "handling"


def test_what_is_no_longer_possible_after_ones_own_step_is_refused_and_no_conflict(town):
    issue, client = signed(town), signed_in(town, "grid_worker")
    twice = [verb_of(client, issue, "submit_result", **RESULT) for _time in range(2)]
    done, refused = sends(client, twice)
    assert (done["fate"], refused["fate"], refused["stands"]) == ("done", "refused", "")


@pytest.mark.parametrize("since", ["reminder", "own step", "others"])
def test_what_is_wrong_is_a_conflict_only_after_somebody_elses_step(town, since):
    """A reminder raises the version too, and so does what one has done oneself."""
    issue, client = signed(town), signed_in(town, "grid_worker")
    address, data = verb_of(client, issue, "note", text="")
    seen = Issue.objects.get(pk=issue.pk).version
    if since == "reminder":
        sweep_once(now=Deadline.objects.open().get(issue=issue).due_at)
    else:
        by = town.people["grid_worker" if since == "own step" else "grid_chief"]
        PERFORM["note"](issue, by=by, now=town.now, text="演示:记一笔")
    assert Issue.objects.get(pk=issue.pk).version == seen + 1
    answer = client.post(address, data, headers=KEPT)
    told = answer.json()
    expected = (409, "conflict") if since == "others" else (422, "refused")
    assert (answer.status_code, told["fate"]) == expected
    assert bool(told["stands"]) is (since == "others") and "text" in told["problems"]


def test_what_is_over_meanwhile_is_a_conflict_too(town):
    issue = town.report()
    client = signed_in(town, "grid_worker")
    address, data = verb_of(client, issue, "contact", way="phone")
    PERFORM["withdraw"](issue, by=None, now=town.now)
    answer = client.post(address, data, headers=KEPT)
    assert answer.status_code == 409 and answer.json()["fate"] == "conflict"
    assert answer.json()["stands"].startswith("It is “") and "with" not in answer.json()["stands"]


def test_what_is_not_theirs_is_refused_like_what_does_not_exist(town):
    issue = town.report()
    client = signed_in(town, "far_worker")
    foreign = client.post(f"/i/{issue.code}/sign/", {}, headers=KEPT)
    missing = client.post(f"/i/{'z' * 16}/sign/", {}, headers=KEPT)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json() and foreign.json()["fate"] == "refused"


def test_a_post_that_ended_is_said(town):
    address, data = filled(signed_in(town, "grid_worker"), town.building)
    answer = signed_in(town, "body_officer").post(address, data, headers=KEPT)
    assert answer.status_code == 403 and answer.json()["fate"] == "refused"


def test_a_key_that_was_used_for_something_else_is_refused(town):
    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building)
    client.post(address, data, headers=KEPT)
    answer = client.post(address, data | {"text": "演示:别的事情"}, headers=KEPT)
    assert answer.status_code == 409 and answer.json()["fate"] == "refused"
    assert Issue.objects.count() == 1


def test_a_busy_database_is_no_refusal(town, monkeypatch):
    from django.db import OperationalError
    from psycopg2.errors import LockNotAvailable

    def busy(*args, **options):
        error = OperationalError("busy")
        error.__cause__ = LockNotAvailable()
        raise error

    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building)
    monkeypatch.setattr("issues.views.likely.report_issue", busy)
    answer = client.post(address, data, headers=KEPT)
    assert answer.status_code == 503 and "Retry-After" in answer.headers and b"fate" not in answer.content


def test_without_the_header_everything_is_as_before(town):
    client = signed_in(town, "grid_worker")
    address, data = filled(client, town.building, category="")
    refused = client.post(address, data)
    assert refused.status_code == 422 and refused.headers["Content-Type"].startswith("text/html")
    address, data = filled(client, town.building)
    assert client.post(address, data).status_code == 302


def test_what_may_wait_is_marked(town):
    client = signed_in(town, "grid_worker")
    issue = town.report()
    for path in (f"/report/{town.building.code}/", f"/i/{issue.code}/", "/outside/"):
        assert "data-outbox=" in client.get(path).content.decode(), path
    for path in ("/accounts/password/", "/accounts/tokens/", "/notices/"):
        assert "data-outbox=" not in client.get(path).content.decode(), path
