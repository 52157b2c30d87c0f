"""Issues in the staff admin: list, page, every allowed verb by its form; nothing of another street."""

import pytest
from django.urls import reverse

from issues.actions.handle import sign_issue
from issues.models import Issue
from tests.builders import town

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return town()


@pytest.fixture(autouse=True)
def _now(monkeypatch, place):
    monkeypatch.setattr("django.utils.timezone.now", lambda: place.now)


def enter(client, place, name):
    user = place.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client.force_login(user)
    return user


def page(issue):
    return reverse("admin:issues_issue_change", args=[issue.pk])


def test_the_list_shows_own_area_alone(client, place):
    own = place.report()
    foreign = place.report(place=place.far_building)
    enter(client, place, "street_dispatcher")
    text = client.get(reverse("admin:issues_issue_changelist")).content.decode()
    assert own.number in text
    assert foreign.number not in text


def test_a_foreign_number_is_as_unknown_as_a_missing_one(client, place):
    foreign = place.report(place=place.far_building)
    enter(client, place, "street_dispatcher")
    assert client.get(page(foreign)).status_code == 404
    assert client.get(reverse("admin:issues_issue_change", args=[10**12])).status_code == 404
    assert client.post(reverse("admin:issues_issue_do", args=[foreign.pk, "note"])).status_code == 404


@pytest.mark.parametrize(
    "query", ["whose=mine", "whose=called", "whose=registered", "due=open", "due=late", "q=垃圾"]
)
def test_every_filter_answers(client, place, query):
    place.report()
    enter(client, place, "community_worker")
    assert client.get(reverse("admin:issues_issue_changelist") + f"?{query}").status_code == 200


def test_the_work_order_number_finds_its_issue(client, place):
    one, other = place.report(), place.report()
    enter(client, place, "community_worker")
    text = client.get(reverse("admin:issues_issue_changelist"), {"q": one.number}).content.decode()
    assert one.number in text
    assert other.number not in text


def test_the_page_offers_exactly_the_verbs_allowed_now(client, place):
    issue = place.report("other")
    enter(client, place, "community_worker")
    answer = client.get(page(issue))
    assert {step.verb.key for step in answer.context["steps"]} == {"screen", "dispatch", "answer", "note"}
    assert {"reject", "correct", "merge"} <= {step.verb.key for step in answer.context["more"]}
    assert answer.context["steps"][0].verb.key == "screen"


def test_a_verb_is_done_by_its_form(client, place):
    issue = place.report("noise")
    enter(client, place, "community_worker")
    answer = client.post(
        reverse("admin:issues_issue_do", args=[issue.pk, "sign"]), {"version": issue.version}
    )
    assert answer.status_code == 302
    issue.refresh_from_db()
    assert issue.state == "handling"


def test_a_refused_form_keeps_what_was_typed(client, place):
    issue = place.report("noise")
    worker = enter(client, place, "community_worker")
    sign_issue(issue, by=worker, now=place.now)
    answer = client.post(
        reverse("admin:issues_issue_do", args=[issue.pk, "submit_result"]),
        {"version": Issue.objects.get(pk=issue.pk).version, "text": "演示：已经处理", "outcome": "legal"},
    )
    assert answer.status_code == 409
    assert "演示：已经处理" in answer.content.decode()


def test_what_is_no_longer_possible_says_so(client, place):
    issue = place.report("noise")
    worker = enter(client, place, "community_worker")
    sign_issue(issue, by=worker, now=place.now)
    answer = client.post(
        reverse("admin:issues_issue_do", args=[issue.pk, "sign"]), {"version": issue.version}
    )
    assert answer.status_code == 409
    assert answer.context["stranded"] is not None


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_the_same_however_many(client, place, many, django_assert_max_num_queries):
    for _one in range(many):
        place.report()
    enter(client, place, "street_dispatcher")
    with django_assert_max_num_queries(12):
        assert client.get(reverse("admin:issues_issue_changelist")).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "street_dispatcher",
        "community_worker",
        "district_dispatcher",
        "body_head",
        "system_admin",
        "audit_admin",
    ],
)
def test_the_start_page_opens_for_everybody_on_the_staff(client, place, name):
    place.report()
    enter(client, place, name)
    assert client.get(reverse("admin:index")).status_code == 200
