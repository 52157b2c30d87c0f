"""One issue on a phone: what is shown, what is done, what is refused and how it is said."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.posts import end_post
from issues.actions import PERFORM
from issues.lifecycle import VERB
from issues.models import Callee, Issue
from tests.builders import CONTACT
from tests.faces import hidden, panels, photo, send, signed_in, stop_clock, visitor
from trail.models import Event


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def issue(town):
    return town.report(contact=CONTACT, spot="3单元")


def address(issue, *more):
    return "/".join(["/i", issue.code, *map(str, more), ""])


def whistled(town, **given):
    issue = town.report("noise", contact=CONTACT)
    PERFORM["sign"](issue, by=town.people["community_worker"], now=town.now)
    told = {"kind": "quick", "text": "来", "bodies": [town.department]} | given
    PERFORM["whistle"](issue, by=town.people["community_worker"], now=town.now, **told)
    return issue


# --- reading ---
def test_the_page_says_what_where_who_and_when(town, issue):
    response = signed_in(town, "grid_worker").get(address(issue))
    for words in (
        "演示:垃圾没有清运",
        "3单元",
        "天光社区",
        "第一网格",
        "due today",
        "Promised",
        "138****1234",
        issue.number,
    ):
        assert words in response.content.decode(), words
    assert "13800001234" not in response.content.decode()
    assert response.headers["Cache-Control"].find("no-store") >= 0


def test_a_foreign_issue_is_as_unknown_as_one_that_does_not_exist(town, issue):
    foreign = signed_in(town, "far_worker").get(address(issue))
    missing = signed_in(town, "far_worker").get("/i/zzzzzzzzzzzzzzzz/")
    assert foreign.status_code == missing.status_code == 404
    assert _bare(foreign, issue.code) == _bare(missing, "z" * 16)


def _bare(response, code):
    """The page without the address that was asked for and the token that differs on every page."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode().replace(code, ""))


@pytest.mark.parametrize("path", ["", "sign/", "contact/reveal/", "callees/1/acknowledge/"])
def test_nobody_comes_in_without_signing_in(issue, path):
    response = visitor().post(address(issue) + path)
    assert response.status_code == 302 and response.url.startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("name", "verbs"),
    [
        ("grid_worker", {"sign", "contact", "answer", "note", "hand_up", "reject"}),
        ("building_head", set()),
        ("supervisor", {"chase", "supervise"}),
    ],
)
def test_exactly_the_verbs_allowed_now(town, issue, name, verbs):
    response = signed_in(town, name).get(address(issue))
    assert set(panels(response)) >= verbs if verbs else not panels(response)
    if not verbs:
        assert "nothing for you to do" in response.content.decode()


def test_the_primary_form_stands_first_and_open(town, issue):
    response = signed_in(town, "grid_worker").get(address(issue))
    first = response.context["panels"][0]
    assert first.verb.key == "sign" and first.first
    assert [panel.verb.key for panel in response.context["panels"] if panel.first] == ["sign"]


def test_an_address_of_a_verb_opens_its_form(town, issue):
    response = signed_in(town, "grid_worker").get(address(issue, "hand_up"))
    assert [panel.verb.key for panel in response.context["panels"] if panel.first] == ["hand_up"]


@pytest.mark.parametrize("path", ["fly", "acknowledge", "callees/999999/acknowledge", "callees/1/sign"])
def test_what_is_no_verb_of_this_issue_is_not_found(town, issue, path):
    assert signed_in(town, "grid_worker").post(address(issue, path)).status_code == 404


def test_a_callee_of_another_issue_is_not_found(town, issue):
    callee = whistled(town).callees.get()
    response = signed_in(town, "street_dispatcher").post(address(issue, "callees", callee.pk, "acknowledge"))
    assert response.status_code == 404


def test_the_cost_does_not_grow_with_what_happened(town):
    def cost(issue, name):
        client = signed_in(town, name)
        client.get(address(issue))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(issue))
        return len(captured)

    one = whistled(town, kind="emergency")
    three = whistled(town, kind="emergency", bodies=[town.department, town.utility, town.posted])
    for _times in range(3):
        PERFORM["note"](three, by=town.people["community_worker"], now=town.now, text="还在办")
    assert cost(three, "community_worker") == cost(one, "community_worker")


# --- doing ---
def test_sign(town, issue):
    client = signed_in(town, "grid_worker")
    response = send(client, client.get(address(issue)), "sign")
    assert response.status_code == 302 and response.url == address(issue)
    issue.refresh_from_db()
    assert issue.state == "handling" and issue.signed_by == town.people["grid_worker"]
    assert "Recorded: Sign for it." in client.get(response.url).content.decode()


def test_sent_twice_done_once(town, issue):
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "note"))
    sent = hidden(panels(page)["note"].form) | {"text": "看过现场"}
    first = client.post(address(issue, "note"), sent)
    again = client.post(address(issue, "note"), sent)
    assert first.status_code == again.status_code == 302 and first.url == again.url
    assert Event.objects.about("issue", issue.pk).filter(verb="note").count() == 1


def test_a_dispatch_sent_twice_leads_to_the_same_page(town):
    """The second form could not even be filled in again: what it chose from has moved on."""
    issue = town.report("noise")
    client = signed_in(town, "community_worker")
    sent = hidden(panels(client.get(address(issue)))["dispatch"].form) | {"unit": town.grid.code}
    answers = [client.post(address(issue, "dispatch"), sent) for _time in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert Event.objects.about("issue", issue.pk).filter(verb="dispatch", actor__isnull=False).count() == 1


def test_the_same_form_with_other_words_is_not_sent_silently(town, issue):
    client = signed_in(town, "grid_worker")
    sent = hidden(panels(client.get(address(issue)))["note"].form)
    client.post(address(issue, "note"), sent | {"text": "one"})
    response = client.post(address(issue, "note"), sent | {"text": "another"})
    assert response.status_code == 409 and "sent already" in response.content.decode()
    retry = send(client, response, "note", text="another")
    assert retry.status_code == 302
    assert Event.objects.about("issue", issue.pk).filter(verb="note").count() == 2


def test_a_form_error_keeps_what_was_typed(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "submit_result"))
    response = send(client, page, "submit_result", text="已经清运", photos=[photo()])
    assert response.status_code == 422
    panel = panels(response)["submit_result"]
    assert panel.first and panel.form["text"].value() == "已经清运" and "outcome" in panel.form.errors
    assert "choose the photos once more" in response.content.decode()
    issue.refresh_from_db()
    assert issue.state == "handling"


def test_a_refusal_of_the_rules_stands_beside_its_question(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "submit_result"))
    response = send(client, page, "submit_result", outcome="legal", text="已起诉")
    assert response.status_code == 409
    assert panels(response)["submit_result"].form["text"].value() == "已起诉"
    assert "case number" in response.content.decode()


def test_somebody_was_faster(town, issue):
    client = signed_in(town, "grid_chief")
    page = client.get(address(issue))
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    response = send(client, page, "sign")
    content = response.content.decode()
    assert response.status_code == 409
    assert "Possible now:" in content and "Submit the result" in content and "In hand" in content
    assert not any(panel.tried for panel in panels(response).values())


def test_a_stale_form_shows_the_new_state_and_can_be_sent_again(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_chief")
    page = client.get(address(issue, "hand_up"))
    PERFORM["note"](issue, by=town.people["grid_worker"], now=town.now, text="刚刚联系了物业")
    response = send(client, page, "hand_up", text="需要社区出面")
    assert response.status_code == 409
    assert "has changed since you opened it" in response.content.decode()
    assert "刚刚联系了物业" in response.content.decode()
    assert panels(response)["hand_up"].form["text"].value() == "需要社区出面"
    again = send(client, response, "hand_up", text="需要社区出面")
    assert again.status_code == 302
    issue.refresh_from_db()
    assert issue.owner == town.community


def test_words_of_a_form_that_is_no_longer_possible_are_not_lost(town, issue):
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "hand_up"))
    PERFORM["hand_up"](issue, by=town.people["grid_chief"], now=town.now, text="x")
    response = send(client, page, "hand_up", text="我写了很久的理由")
    assert response.status_code in {403, 409} and "hand_up" not in panels(response)
    assert "我写了很久的理由" in response.content.decode()


def test_what_is_not_theirs_is_refused(town, issue):
    response = signed_in(town, "building_head").post(address(issue, "sign"), {})
    assert response.status_code == 403
    issue.refresh_from_db()
    assert issue.state == "assigned"


def test_a_post_that_ended_ends_it(town, issue):
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue))
    end_post(town.posts["grid_worker"], by=None, now=town.now)
    assert send(client, page, "sign").status_code == 404


@pytest.mark.parametrize(
    ("sure", "status", "state"), [({}, 422, "reported"), ({"sure": "on"}, 302, "rejected")]
)
def test_rejecting_is_asked_twice(town, sure, status, state):
    issue = town.report("other")
    client = signed_in(town, "community_worker")
    answers = {"channel": "法院", "text": "正在诉讼"} | sure
    response = send(client, client.get(address(issue, "reject")), "reject", **answers)
    assert response.status_code == status
    issue.refresh_from_db()
    assert issue.state == state


def test_a_result_with_a_photo(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue))
    response = send(client, page, "submit_result", outcome="solved", text="已清运", photos=[photo(), photo()])
    assert response.status_code == 302 and issue.attachments.count() == 2
    assert f"/photo/{issue.attachments.first().pk}/" in client.get(address(issue)).content.decode()


# --- whistles ---
def test_the_whistle_form_explains_itself(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    content = signed_in(town, "grid_worker").get(address(issue, "whistle")).content.decode()
    for words in ("Quick whistle", "Tough whistle", "Emergency whistle", "Blown now: answer by", "区城管局"):
        assert words in content, words
    assert "Only for an emergency whistle" in content


def test_each_kind_of_whistle_is_a_button_and_no_word_is_asked(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue))
    form = page.content.decode().partition(f'action="{address(issue, "whistle")}"')[2].partition("</form>")[0]
    assert re.findall(r'<button[^>]* name="kind" value="(\w+)"', form) == ["quick", "tough", "emergency"]
    assert " required" not in form and "Comes: " in form
    response = send(client, page, "whistle", kind="quick", units=[town.community.code])
    assert response.status_code == 302
    seen = signed_in(town, "community_worker").get(address(issue)).content.decode()
    assert "演示:垃圾没有清运" in seen and "Quick whistle: 天光社区 is called" in seen


def test_a_whistle_for_nobody_says_so_beside_those_to_choose(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    response = send(client, client.get(address(issue, "whistle")), "whistle", kind="quick")
    assert response.status_code == 409
    assert panels(response)["whistle"].form.errors["units"] == ["Choose whom to call."]


def test_whistle_acknowledge_report_in_done(town):
    issue = town.report("noise")
    PERFORM["sign"](issue, by=town.people["community_worker"], now=town.now)
    caller, officer = signed_in(town, "community_worker"), signed_in(town, "body_officer")
    page = caller.get(address(issue, "whistle"))
    response = send(caller, page, "whistle", kind="quick", bodies=["department-1"], text="请来看现场")
    assert response.status_code == 302
    for verb, answers in (
        ("acknowledge", {"text": "下午到"}),
        ("report_in", {"mode": "on_spot", "photos": [photo()]}),
        ("done", {"text": "已处理"}),
    ):
        page = officer.get(address(issue))
        assert page.context["cards"]
        # Whoever reports in reads where.
        assert ("The spot: " in page.content.decode()) == (verb in ("acknowledge", "report_in"))
        assert send(officer, page, verb, **answers).status_code == 302
    assert Callee.objects.get(issue=issue).state == "done"
    issue.refresh_from_db()
    assert issue.open_whistles == 0


def test_a_whistle_for_somebody_else_says_so(town, issue):
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "whistle"))
    response = send(client, page, "whistle", kind="quick", bodies=["department-1"], text="来")
    assert response.status_code == 409 and "区城管局" in response.content.decode()
    form = panels(response)["whistle"].form
    assert [one.code for one in form.callees().urgent if one.chosen] == ["department-1"]


def test_a_danger_can_be_taken_by_the_level_above(town):
    issue = town.report("fire")
    client = signed_in(town, "street_dispatcher")
    page = client.get(address(issue))
    assert "Danger" in page.content.decode() and send(client, page, "sign").status_code == 302
    issue.refresh_from_db()
    assert issue.owner == town.street


# --- contact data ---
def test_reveal_shows_the_number_once_and_records_it(town, issue):
    client = signed_in(town, "grid_worker")
    response = client.post(address(issue, "contact", "reveal"), {"occasion": "visit"})
    content = response.content.decode()
    assert "tel:13800001234" in content and "演示居民" in content
    # The form leads to the card, which takes the focus.
    assert (
        f'action="{address(issue, "contact", "reveal")}#contact"'
        in client.get(address(issue)).content.decode()
    )
    assert 'id="contact" tabindex="-1"' in content
    assert "13800001234" not in client.get(address(issue)).content.decode()
    assert Event.objects.about("contact", issue.pk).get().data == {"occasion": "visit"}


@pytest.mark.parametrize(
    ("name", "status"), [("building_head", 403), ("supervisor", 403), ("far_worker", 404)]
)
def test_others_see_no_contact_at_all(town, issue, name, status):
    client = signed_in(town, name)
    assert "138****1234" not in client.get(address(issue)).content.decode()
    response = client.post(address(issue, "contact", "reveal"), {"occasion": "visit"})
    assert response.status_code == status and "13800001234" not in response.content.decode()


def test_an_unknown_occasion_shows_nothing(town, issue):
    response = signed_in(town, "grid_worker").post(address(issue, "contact", "reveal"), {"occasion": "x"})
    assert response.status_code == 409 and "13800001234" not in response.content.decode()


# --- the page itself ---
def test_strict_policy_and_no_inline_code(town, issue):
    response = signed_in(town, "grid_worker").get(address(issue, "whistle"))
    policy, content = response.headers["Content-Security-Policy"], response.content.decode()
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert "<script>" not in content and " style=" not in content and " onclick=" not in content


def test_ids_are_unique(town):
    response = signed_in(town, "body_officer").get(address(whistled(town)))
    ids = re.findall(r'\sid="([^"]+)"', response.content.decode())
    assert len(ids) == len(set(ids)) and "main" in ids


@pytest.mark.parametrize("verb", sorted(VERB))
def test_every_verb_answers_a_plain_get(town, issue, verb):
    on = VERB[verb].on
    path = (verb,) if on == "issue" else (f"{on}s", 0, verb)
    response = signed_in(town, "grid_worker").get(address(issue, *path))
    assert response.status_code == (200 if on == "issue" else 404)


def test_a_late_one_says_since_when(town, issue, monkeypatch):
    stop_clock(monkeypatch, town.now + timedelta(days=1))
    assert "overdue since yesterday" in signed_in(town, "grid_worker").get(address(issue)).content.decode()
    assert Issue.objects.get(pk=issue.pk).state == "assigned"
