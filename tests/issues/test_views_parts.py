"""Sub-tasks and decisions on the phone and in the staff admin: shown to whom they concern, done by a form."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from grids.actions.bodies import change_body
from issues.models import Decision, Issue, Task
from tests.builders import Town
from tests.faces import hidden, panels, send, signed_in, stop_clock
from tests.issues.acting import Acting


@pytest.fixture(autouse=True)
def clock(town: Town, monkeypatch):
    stop_clock(monkeypatch, town.now)


def address(issue, *path) -> str:
    return "/".join(["", "i", issue.code, *map(str, path), ""])


@pytest.fixture
def asked(town, act: Acting) -> Issue:
    return act("ask_extension", act.handling(), "grid_worker")


def staff(town, name):
    """Somebody of the town at a desk."""
    town.people[name].is_staff = True
    town.people[name].save(update_fields=["is_staff"])
    return signed_in(town, name)


def admin_page(issue) -> str:
    return reverse("admin:issues_issue_change", args=[issue.pk])


# --- decisions ---
def test_whoever_decides_sees_what_is_asked_and_decides_by_a_form(town, act, asked):
    client = signed_in(town, "community_secretary")
    page = client.get(address(asked))
    text = page.content.decode()
    for words in ("Extension: 天光社区 decides", "Asked by 第一网格", "To be decided", "March 12, 2026"):
        assert words in text, words
    assert page.context["page"].primary.key == "grant"
    first = page.context["doable"][0]
    assert (first.verb.key, first.first, str(first.label)) == ("grant", True, "Grant it")
    assert send(client, page, "grant", text="同意").status_code == 302
    assert Decision.objects.get(issue=asked).state == "granted"


def test_whoever_asked_sees_that_it_waits_and_may_drop_it(town, act, asked):
    client = signed_in(town, "grid_worker")
    page = client.get(address(asked))
    assert "grant" not in panels(page)
    assert page.context["page"].primary.key == "submit_result"
    assert not page.context["cards"]
    drop = panels(page)["drop"]
    assert f'href="{drop.address}"' in page.content.decode()
    opened = client.get(drop.address)
    assert panels(opened)["drop"].first
    assert opened.context["cards"]
    assert send(client, opened, "drop").status_code == 302
    assert Decision.objects.get(issue=asked).state == "dropped"


def test_a_refusal_without_a_reason_keeps_the_form(town, act, asked):
    client = signed_in(town, "community_secretary")
    response = send(client, client.get(address(asked)), "refuse", text="")
    assert response.status_code == 422
    assert panels(response)["refuse"].tried
    assert 'id="tried"' in response.content.decode()


def test_a_letter_with_its_number_is_answered(town, act):
    issue = act("supervise", act.handling(), "supervisor", until=date(2026, 3, 20))
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue))
    assert "Supervision letter 2026-00001: 第一网格 answers" in page.content.decode()
    assert send(client, page, "answer_letter", text="三日内办结").status_code == 302
    assert Decision.objects.get(issue=issue).state == "answered"


def test_who_only_reads_sees_it_and_does_nothing(town, act, asked):
    page = signed_in(town, "supervisor").get(address(asked))
    assert "Extension: 天光社区 decides" in page.content.decode()
    assert not {"grant", "refuse", "drop"} & set(panels(page))


def test_from_outside_nothing_is_seen_of_what_others_are_asked(town, act):
    issue = act("supervise", act.handling("noise", "community_secretary"), "supervisor")
    issue = act("whistle", issue, "community_secretary", kind="quick", bodies=[town.property])
    page = signed_in(town, "property_officer").get(address(issue))
    assert page.status_code == 200
    assert page.context["page"].decisions == []
    assert "2026-00001" not in page.content.decode()


# --- sub-tasks ---
def test_a_sub_task_is_taken_and_finished(town, act):
    issue = act.handling("noise", "community_secretary")
    caller = signed_in(town, "community_secretary")
    form = caller.get(address(issue, "split"))
    units = [town.grid.code, town.other_grid.code]
    assert send(caller, form, "split", units=units, text="各清一半").status_code == 302
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue))
    assert "Sub-task of 第一网格" in page.content.decode()
    assert [one.part.party for one, _steps in page.context["cards"]] == [town.grid]
    for verb, answers in (("take_task", {}), ("finish_task", {"text": "已清"})):
        assert send(client, client.get(address(issue)), verb, **answers).status_code == 302
    assert Task.objects.get(issue=issue, unit=town.grid).state == "finished"
    page = caller.get(address(issue))
    assert {one.part.state for one, _steps in page.context["tasks"]} == {"finished", "given"}
    assert "submit_result" not in panels(page)


@pytest.mark.parametrize("kind", ["tasks", "decisions", "callees"])
def test_a_part_of_another_issue_is_not_found(town, act, asked, kind):
    split = act(
        "split", act.handling("noise", "community_secretary"), "community_secretary", units=[town.grid]
    )
    split = act("whistle", split, "community_secretary", kind="quick", bodies=[town.department])
    ids = {
        "tasks": (split.tasks.get().pk, "take_task"),
        "decisions": (asked.decisions.get().pk, "grant"),
        "callees": (split.callees.get().pk, "acknowledge"),
    }
    pk, verb = ids[kind]
    elsewhere = town.report("litter")
    client = signed_in(town, "street_dispatcher")
    assert client.post(address(elsewhere, kind, pk, verb)).status_code == 404
    assert client.post(address(elsewhere, kind, pk, "sign")).status_code == 404
    assert client.post(address(elsewhere, kind, 10**20, verb)).status_code == 404


# --- the page as a whole ---
def test_the_usual_stands_first_and_the_rest_is_one_tap_away(town, act):
    page = signed_in(town, "grid_worker").get(address(act.handling()))
    usual = [panel.verb.key for panel in page.context["usual"]]
    more = {panel.verb.key for panel in page.context["more"]}
    assert usual[0] == "submit_result"
    assert {"contact", "note", "hand_up", "whistle"} <= set(usual)
    assert {"return", "ask_extension", "ask_suspension", "merge"} <= more
    text = page.content.decode()
    assert "More steps" in text
    for panel in page.context["more"]:
        assert f'href="{panel.address}"' in text


def test_what_is_folded_away_opens_as_the_first_form(town, act):
    issue = act.handling()
    client = signed_in(town, "grid_worker")
    page = client.get(address(issue, "return"))
    assert page.context["usual"][0].verb.key == "return"
    text = page.content.decode()
    assert f'<option value="{town.other_grid.code}">' in text
    answers = {"why": "other_unit", "unit": town.other_community.code, "text": "不归我格"}
    assert send(client, page, "return", **answers).status_code == 302
    issue.refresh_from_db()
    assert issue.owner == town.community


def test_a_place_that_does_not_exist_is_said_beside_the_question(town, act):
    client, issue = signed_in(town, "grid_worker"), act.handling()
    page = client.get(address(issue, "correct"))
    response = send(client, page, "correct", place="220103009", text="演示")
    assert response.status_code == 422
    assert "place" in panels(response)["correct"].form.errors
    far = send(client, client.get(address(issue, "correct")), "correct", place=town.far_building.code)
    assert far.status_code == 302
    issue.refresh_from_db()
    assert issue.place_code == town.far_building.code


def test_merging_names_another_visible_issue_by_its_number(town, act):
    main, other = act.handling(), act.handling()
    foreign = town.report("litter", place=town.far_building)
    client = signed_in(town, "grid_worker")
    page = client.get(address(other, "merge"))
    refused = send(client, page, "merge", main=foreign.number)
    assert (refused.status_code, list(panels(refused)["merge"].form.errors)) == (422, ["main"])
    page = client.get(address(other, "merge"))
    assert send(client, page, "merge", main=f" {main.number} ").status_code == 302
    other.refresh_from_db()
    assert (other.state, other.main) == ("merged", main)


def test_a_head_names_an_officer_of_the_body(town, act):
    issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
    client = signed_in(town, "body_head")
    page = client.get(address(issue, "assign_officer"))
    offered = set(panels(page)["assign_officer"].form.fields["officer"].people)
    assert offered == {"body_officer", "body_head"}
    assert send(client, page, "assign_officer", officer="body_officer").status_code == 302
    issue.refresh_from_db()
    assert issue.officer == town.people["body_officer"]


def test_ids_are_unique(town, act, asked):
    for name in ("community_secretary", "grid_worker"):
        text = signed_in(town, name).get(address(asked)).content.decode()
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["community_secretary", "supervisor"])
def test_the_cost_of_parts(town, act, name):
    """A few statements for any, none more for each."""
    none, single, several = (act.handling() for _unused in range(3))
    for issue, times in ((single, 1), (several, 3)):
        for _unused in range(times):
            act("supervise", issue, "street_leader")

    def cost(issue: Issue) -> int:
        client = signed_in(town, name)
        client.get(address(issue))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(issue))
        return len(captured)

    assert cost(single) == cost(several) <= cost(none) + 5


# --- the staff admin ---
def test_the_admin_shows_parts_and_does_their_verbs(town, act, asked):
    client = staff(town, "community_secretary")
    page = client.get(admin_page(asked))
    text = page.content.decode()
    assert "To be decided" in text
    assert "Asked by 第一网格" in text
    step = next(step for step in page.context["steps"] if step.verb.key == "grant")
    assert step.first
    assert client.post(step.address, hidden(step.form) | {"text": "同意"}).status_code == 302
    assert Decision.objects.get(issue=asked).state == "granted"


def test_the_admin_folds_the_seldom_away_and_opens_it(town, act):
    issue = act.handling()
    client = staff(town, "grid_worker")
    page = client.get(admin_page(issue))
    more = {step.verb.key: step for step in page.context["more"]}
    assert {"return", "ask_extension"} <= set(more)
    opened = client.get(more["ask_extension"].address)
    assert opened.context["steps"][0].verb.key == "ask_extension"
    form = opened.context["steps"][0].form
    answers = hidden(form) | {"until": "2026-03-12", "text": "零件还没到"}
    assert client.post(more["ask_extension"].address, answers).status_code == 302
    assert Decision.objects.get(issue=issue).kind == "extension"


def test_in_the_admin_too_a_part_of_another_issue_is_not_found(town, act, asked):
    other, decision = town.report(), asked.decisions.get()
    client = staff(town, "community_secretary")
    place = reverse("admin:issues_decision_do", args=[other.pk, decision.pk, "grant"])
    assert client.post(place).status_code == 404


# --- what explains it ---
def test_who_approves_a_reply_can_read_it_everywhere(town, act):
    """On the phone, at the desk and over REST: nobody approves what they cannot see."""
    change_body(town.department, approves_replies=True, by=None, now=act.now)
    issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
    act("sign", issue, "body_officer")
    act("submit_result", issue, "body_officer", outcome="explained", text="演示:按规定不能办理")
    pages = [
        signed_in(town, "body_head").get(address(issue)).content.decode(),
        staff(town, "body_head").get(admin_page(issue)).content.decode(),
    ]
    for text in pages:
        assert "演示:按规定不能办理" in text and "Explained" in text
    client = APIClient()
    client.force_authenticate(town.people["body_head"])
    (reply,) = client.get(reverse("issues_api:issue", args=[issue.code])).json()["decisions"]
    assert (reply["text"], reply["outcome"]["key"]) == ("演示:按规定不能办理", "explained")


def test_why_it_went_there_stands_on_the_issues_page(town, act):
    issue = town.report("permit")
    sentence = "that is 宽城区."
    for client, place in (
        (signed_in(town, "district_dispatcher"), address(issue)),
        (staff(town, "district_dispatcher"), admin_page(issue)),
    ):
        text = client.get(place).content.decode()
        assert "Why there" in text and sentence in text


def test_main_issue_and_what_follows_it_lead_to_each_other(town, act):
    main, other = act.handling(), act.handling()
    act("merge", other, "grid_worker", main=main)
    for one, another in ((main, other), (other, main)):
        phone = signed_in(town, "grid_worker").get(address(one)).content.decode()
        desk = staff(town, "street_dispatcher").get(admin_page(one)).content.decode()
        assert f'href="{address(another)}"' in phone and another.number in phone
        assert f'href="{admin_page(another)}"' in desk and another.number in desk


def test_a_wrong_dispatch_is_recalled_in_one_tap(town, act):
    issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
    page = signed_in(town, "district_dispatcher").get(address(issue))
    assert "recall" in {panel.verb.key for panel in page.context["usual"]}
