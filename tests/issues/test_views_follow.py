"""Following a matter by its secret link or its number, and rating it."""

import re
from datetime import timedelta

import pytest

from issues.actions import PERFORM
from issues.models import Rating
from issues.views.follow import SIGNER, follow_link, steps_of
from issues.views.throttle import LOOKUPS_PER_ADDRESS, LOOKUPS_PER_NUMBER
from tests.builders import CONTACT
from tests.faces import hidden, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def issue(town):
    return town.report(contact=CONTACT)


@pytest.fixture
def resolved(town, issue):
    worker = {"by": town.people["grid_worker"], "now": town.now}
    PERFORM["sign"](issue, **worker)
    PERFORM["note"](issue, text="内部的话", internal=True, **worker)
    PERFORM["submit_result"](issue, outcome="solved", text="已经清运干净", internal_text="也是内部", **worker)
    issue.refresh_from_db()
    return issue


def rate(client, issue, **answers):
    page = client.get(follow_link(issue))
    told = {"answered": "yes", "solved": "yes", "satisfied": "yes"} | answers
    return client.post(follow_link(issue) + "rate/", hidden(page.context["form"]) | told)


# --- the link ---
def test_like_a_parcel(town, issue):
    content = visitor().get(follow_link(issue)).content.decode()
    for words in ("Received", "Given to a handler", "第一网格", "Promised by", issue.number, issue.text):
        assert words in content, words


@pytest.mark.parametrize("name", ["grid_worker", "13800001234", "内部的话", "也是内部", "演示居民"])
def test_no_person_no_internal_word_no_contact(town, resolved, name):
    assert name not in visitor().get(follow_link(resolved)).content.decode()


@pytest.mark.parametrize("forged", ["abc", "{code}", "{code}:abc", "{other}"])
def test_a_link_that_was_not_given_leads_nowhere(issue, forged):
    signed = forged.format(code=issue.code, other=SIGNER.sign("0" * 16))
    assert visitor().get(f"/f/{signed}/").status_code == 404


def test_a_link_signed_for_another_purpose_leads_nowhere(issue):
    from django.core.signing import Signer

    assert visitor().get(f"/f/{Signer(salt='other').sign(issue.code)}/").status_code == 404


def test_the_result_is_shown(resolved):
    content = visitor().get(follow_link(resolved)).content.decode()
    assert "已经清运干净" in content and "Solved" in content and "Your verdict" in content


def test_a_refusal_says_why_and_where_to_go(town):
    issue = town.report("other")
    PERFORM["reject"](
        issue, by=town.people["community_worker"], now=town.now, channel="区法院", text="已在诉讼中"
    )
    content = visitor().get(follow_link(issue)).content.decode()
    assert "已在诉讼中" in content and "区法院" in content and "Not accepted" in content


@pytest.mark.parametrize("state", ["reported", "assigned", "handling", "resolved", "closed", "rejected"])
def test_the_way_has_one_place_where_it_stands(issue, state):
    issue.state = state
    places = [step.place for step in steps_of(issue)]
    ended = state in {"closed", "rejected"}
    assert places.count("now") == (0 if ended else 1)
    assert ended == (set(places) == {"done"})
    assert places == sorted(places, key=["done", "now", "ahead"].index)


def test_the_track_says_who_has_it_by_when_what_was_done_and_what_comes_next(town, issue):
    def track():
        content = visitor().get(follow_link(issue)).content.decode()
        return re.findall(
            r'<li class="(done|now|ahead)"[^>]*>(.*?)</li>', content.split('class="way"')[1], re.S
        )

    here = dict(track())["now"]
    assert "第一网格 has it" in here and "Promised by" in here and "Last of all" in here
    assert ["Next:" in words for _place, words in track()] == [False, False, True, False, False]
    worker = {"by": town.people["grid_worker"], "now": town.now}
    PERFORM["sign"](issue, **worker)
    PERFORM["submit_result"](issue, outcome="solved", text="已经清运干净", **worker)
    here = dict(track())["now"]
    assert "The result: Solved" in here and "say below whether it is solved" in here
    assert town.people["grid_worker"].display_name not in here


def test_large_text_folds_the_history_and_keeps_it(issue):
    client = visitor()
    client.cookies["gezhi_text"] = "large"
    content = client.get(follow_link(issue)).content.decode()
    assert '<details class="card"><summary><h2 id="history">' in content and 'class="timeline"' in content


def test_after_sending_the_digits_are_offered_only_to_who_left_a_number(town, issue):
    with_phone = visitor().get(follow_link(issue) + "sent/").content.decode()
    without = visitor().get(follow_link(town.report()) + "sent/").content.decode()
    assert "last four digits" in with_phone and "last four digits" not in without


# --- rating ---
def test_solved_closes_it(resolved):
    client = visitor()
    assert rate(client, resolved, text="谢谢").status_code == 302
    resolved.refresh_from_db()
    assert resolved.state == "closed"
    content = client.get(follow_link(resolved)).content.decode()
    assert (
        "Ended" in content and "You said" in content and "谢谢" in content and "Your verdict" not in content
    )


def test_unsolved_is_looked_at_again_above(town, resolved):
    client = visitor()
    rate(client, resolved, solved="no", satisfied="no", text="还在漏")
    resolved.refresh_from_db()
    assert resolved.disputed and resolved.owner == town.community
    content = client.get(follow_link(resolved)).content.decode()
    assert "Being looked at again" in content and "天光社区" in content and "Your verdict" not in content


def test_reasons_are_ticked_beside_a_no(town, resolved):
    client = visitor()
    content = client.get(follow_link(resolved)).content.decode()
    assert "for-a-no" in content and "The problem is still there" in content and "Unfriendly" in content
    answers = {"solved": "no", "satisfied": "yes", "reasons": ["still_there", "rude"]}
    assert rate(client, resolved, **answers).status_code == 302
    assert Rating.objects.get().reasons == ["still_there"], "what fits a yes was left ticked"
    content = client.get(follow_link(resolved)).content.decode()
    assert "Why: The problem is still there" in content and "Unfriendly" not in content


def test_what_was_never_a_reason_is_none(resolved):
    response = rate(visitor(), resolved, solved="no", reasons=["x"])
    assert response.status_code == 422 and "reasons" in response.context["form"].errors


def test_what_one_said_by_telephone_can_be_put_right(town, resolved):
    said = {"answered": True, "solved": False, "satisfied": False}
    by = town.people["community_worker"]
    PERFORM["call_back"](resolved, by=by, now=town.now, reached=True, **said)
    client = visitor()
    content = client.get(follow_link(resolved)).content.decode()
    assert "You said so when you were called" in content and "Your verdict" in content
    assert rate(client, resolved).status_code == 302
    resolved.refresh_from_db()
    assert resolved.state == "closed"
    assert (
        "You said so when you were called"
        not in client.get(follow_link(resolved)).content.decode().split("What happened")[0]
    )


@pytest.mark.parametrize("missing", ["answered", "solved", "satisfied"])
def test_each_question_is_asked(resolved, missing):
    response = rate(visitor(), resolved, **{missing: "", "text": "我的话"})
    assert response.status_code == 422 and missing in response.context["form"].errors
    assert response.context["form"]["text"].value() == "我的话" and not Rating.objects.exists()


def test_a_double_tap_rates_once(resolved):
    client = visitor()
    page = client.get(follow_link(resolved))
    told = hidden(page.context["form"]) | {"answered": "yes", "solved": "no", "satisfied": "no"}
    answers = [client.post(follow_link(resolved) + "rate/", told).status_code for _tap in range(2)]
    assert answers == [302, 302] and Rating.objects.count() == 1


def test_rating_again_is_refused_with_a_reason(resolved):
    client = visitor()
    rate(client, resolved)
    response = client.post(
        follow_link(resolved) + "rate/", {"answered": "yes", "solved": "no", "satisfied": "no"}
    )
    assert response.status_code == 409 and 'role="alert"' in response.content.decode()
    assert Rating.objects.get().solved


def test_what_is_not_done_yet_cannot_be_rated(issue):
    client = visitor()
    assert "Your verdict" not in client.get(follow_link(issue)).content.decode()
    answers = {"answered": "yes", "solved": "yes", "satisfied": "yes"}
    assert client.post(follow_link(issue) + "rate/", answers).status_code == 409


def test_after_the_window_it_is_over(monkeypatch, town, resolved):
    stop_clock(monkeypatch, town.now + timedelta(days=30))
    client = visitor()
    client.post(follow_link(resolved) + "rate/", {"answered": "yes", "solved": "no", "satisfied": "no"})
    assert not Rating.objects.exists()


# --- number and digits ---
def look(client, number, last_four):
    return client.post("/f/", {"number": number, "last_four": last_four})


def test_number_and_digits_lead_to_it(issue):
    response = look(visitor(), issue.number, "1234")
    assert response.status_code == 302 and response.url == follow_link(issue)


@pytest.mark.parametrize("wrong", ["digits", "number", "day", "no_phone", "erased"])
def test_everything_else_is_the_same_no(town, issue, wrong):
    number, digits = issue.number, "1234"
    if wrong == "digits":
        digits = "4321"
    if wrong == "number":
        number = "20260310-999999"
    if wrong == "day":
        number = f"20200101-{issue.number.rpartition('-')[2]}"
    if wrong == "no_phone":
        number = town.report().number
    if wrong == "erased":
        type(issue.reporter).objects.update(erased_at=town.now)
    response = look(visitor(), number, digits)
    assert response.status_code == 404 and "do not belong together" in response.content.decode()


def test_what_is_no_number_is_said(issue):
    assert look(visitor(), "垃圾", "1234").status_code == 422


def test_guessing_is_stopped_for_an_address(issue):
    client = visitor()
    for digits in range(LOOKUPS_PER_ADDRESS.most):
        assert look(client, f"20260310-{digits:06d}", "9999").status_code == 404
    response = look(client, issue.number, "1234")
    assert response.status_code == 429 and "Too many tries" in response.content.decode()
    other = visitor()
    other.defaults["REMOTE_ADDR"] = "10.1.1.1"
    assert look(other, issue.number, "1234").status_code == 302


def test_guessing_is_stopped_for_a_number_wherever_it_comes_from(issue):
    for number in range(LOOKUPS_PER_NUMBER.most):
        client = visitor()
        client.defaults["REMOTE_ADDR"] = f"10.2.{number}.1"
        assert look(client, issue.number, "0000").status_code == 404
    client = visitor()
    client.defaults["REMOTE_ADDR"] = "10.3.0.1"
    assert look(client, issue.number, "1234").status_code == 429


def test_the_window_ends(monkeypatch, town, issue):
    client = visitor()
    for _time in range(LOOKUPS_PER_ADDRESS.most):
        look(client, "20260310-999999", "0000")
    monkeypatch.setattr("django.utils.timezone.now", lambda: town.now + LOOKUPS_PER_ADDRESS.every)
    assert look(client, issue.number, "1234").status_code == 302


def test_the_address_behind_our_own_proxies(rf, settings):
    from accounts.limits import client_address

    request = rf.get("/", headers={"x-forwarded-for": "6.6.6.6, 9.9.9.9"}, REMOTE_ADDR="10.0.0.1")
    settings.PROXY_COUNT = 0
    assert client_address(request) == "10.0.0.1"
    settings.PROXY_COUNT = 1
    assert client_address(request) == "9.9.9.9"
    settings.PROXY_COUNT = 3
    assert client_address(request) == "10.0.0.1"


def test_one_connection_is_one_address(rf):
    """Of IPv6 it has 2**64."""
    from accounts.limits import client_address

    def counted(sent: str) -> str:
        return client_address(rf.get("/", REMOTE_ADDR=sent))

    assert counted("2001:db8:1:2:3::4") == counted("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert counted("2001:db8:1:3::4") != counted("2001:db8:1:2::4")
    assert counted("::ffff:203.0.113.7") == "203.0.113.7" and counted("unix:") == "unix:"
