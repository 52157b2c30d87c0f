"""Issues in the staff admin: list, page, every allowed verb by its form; nothing of another street."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from issues.actions import Contact
from issues.actions.handle import sign_issue
from issues.models import Issue
from issues.sentences import SENTENCES
from tests.builders import town
from tests.faces import ENGLISH, photo
from trail import words
from trail.models import Event

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


def test_a_row_says_what_it_is_about_and_what_is_late(client, place, monkeypatch):
    place.report("noise", text="演示：半夜施工")
    place.report("fire")
    enter(client, place, "street_dispatcher")
    listed = reverse("admin:issues_issue_changelist")
    text = client.get(listed).content.decode()
    assert "演示：半夜施工" in text and 'class="gz-late"' not in text
    assert '<span class="gz-pill gz-pill-danger">' in text
    monkeypatch.setattr("django.utils.timezone.now", lambda: place.now + timedelta(days=9))
    assert 'class="gz-late"' in client.get(listed).content.decode()


def test_the_page_says_why_it_went_there(client, place):
    issue = place.report("noise")
    enter(client, place, "street_dispatcher")
    answer = client.get(page(issue))
    assert answer.context["page"].why.reason == "category"
    assert str(answer.context["page"].why.sentence) in answer.content.decode()


def test_a_foreign_number_is_as_unknown_as_a_missing_one(client, place):
    foreign = place.report(place=place.far_building)
    enter(client, place, "street_dispatcher")
    assert client.get(page(foreign)).status_code == 404
    for number in (10**12, "²", "x", "9" * 30):
        assert client.get(reverse("admin:issues_issue_change", args=[number])).status_code == 404
    assert client.post(reverse("admin:issues_issue_do", args=[foreign.pk, "note"])).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        *("whose=mine", "whose=called", "whose=asked", "whose=led", "whose=registered"),
        *("due=open", "due=late", "q=垃圾"),
    ],
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


def test_an_address_is_no_work_order_number(client, place):
    """2-301 is unit 2, flat 301; and a number of another day is the number of no issue."""
    enter(client, place, "community_worker")
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE issues_issue_id_seq RESTART 301")
    other, flat = place.report(), place.report(text="演示:2-301漏水")

    def shown(term):
        found = client.get(reverse("admin:issues_issue_changelist"), {"q": term})
        return {row.pk for row in found.context["cl"].result_list}

    assert shown("2-301") == {flat.pk}
    assert shown("20260310-000301") == {other.pk} == shown(" ２０２６０３１０－０００３０１")
    assert shown("20260309-000301") == shown("20260310-0000301") == shown("²-³") == set()


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


@pytest.mark.parametrize("photos", [1, 0])
def test_photos_of_a_refused_form_are_asked_for_once_more(client, place, photos):
    issue = place.report("noise")
    sign_issue(issue, by=enter(client, place, "community_worker"), now=place.now)
    answer = client.post(
        reverse("admin:issues_issue_do", args=[issue.pk, "submit_result"]),
        {"text": "", "photos": [photo() for _one in range(photos)]},
        headers=ENGLISH,
    )
    assert answer.status_code == 422 and len(answer.context["steps"]) > 1
    assert answer.content.decode().count("choose the photos once more") == photos


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


def test_who_reads_no_issues_finds_on_the_start_page_what_else_to_open(client, place):
    enter(client, place, "system_admin")
    answer = client.get(reverse("admin:index"))
    assert "figures" not in answer.context
    assert (
        f'class="gz-figure gz-place" href="{reverse("admin:grids_unit_changelist")}"'
        in answer.content.decode()
    )


def test_the_menu_lights_the_hotline_on_the_pages_of_its_files(client, place):
    enter(client, place, "street_dispatcher")
    menu = client.get(reverse("admin:issues_importbatch_changelist")).context["sidebar_navigation"]
    lit = [str(item["link"]) for group in menu for item in group["items"] if item["active"]]
    assert lit == [reverse("admin:issues_hotlineorder_changelist")]


def test_the_button_for_a_new_one_says_what_it_adds(client, place):
    enter(client, place, "street_dispatcher")
    text = client.get(
        reverse("admin:issues_schedule_changelist"), headers={"accept-language": "en"}
    ).content.decode()
    assert "New scheduled task</a>" in text


def test_every_sentence_of_a_timeline_has_a_word_in_the_trail():
    verbs = {key.partition(".")[0] for key in SENTENCES}
    assert verbs - set(words.SUBJECTS["issue"].verbs) == set()


class TestContact:
    """Whoever handles it calls the reporter from here; nobody is led to another face."""

    @pytest.fixture
    def issue(self, place):
        return place.report(contact=Contact("演示居民", "13800001234"))

    def contact(self, issue):
        return reverse("admin:issues_issue_contact", args=[issue.pk])

    def test_the_number_is_shown_once_and_stays_in_the_admin(self, client, place, issue):
        enter(client, place, "grid_worker")
        shown = client.get(page(issue)).content.decode()
        assert "138****1234" in shown and f'action="{self.contact(issue)}"' in shown
        assert f'href="{reverse("issues:issue", args=[issue.code])}"' not in shown
        answer = client.post(self.contact(issue), {"occasion": "visit"})
        assert "tel:13800001234" in answer.content.decode() and "no-store" in answer.headers["Cache-Control"]
        assert Event.objects.about("contact", issue.pk).get().data == {"occasion": "visit"}
        assert "13800001234" not in client.get(page(issue)).content.decode()

    @pytest.mark.parametrize(("name", "status"), [("supervisor", 403), ("far_worker", 404)])
    def test_others_see_nothing_of_it(self, client, place, issue, name, status):
        enter(client, place, name)
        answer = client.post(self.contact(issue), {"occasion": "visit"})
        assert answer.status_code == status and "13800001234" not in answer.content.decode()

    def test_an_unknown_occasion_shows_nothing_and_a_look_alone_is_refused(self, client, place, issue):
        enter(client, place, "grid_worker")
        assert client.post(self.contact(issue), {"occasion": "x"}).status_code == 409
        assert client.get(self.contact(issue)).status_code == 405
