"""The staff admin: level by level, every form through its action, nothing foreign, few queries."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from grids.actions.bodies import add_body
from grids.actions.posts import appoint
from grids.actions.tree import add_unit, change_unit, close_unit
from grids.admin.pages import CONFIRMED, SubjectAdmin
from grids.forms.posts import BODY_FORMS, POST_FORMS, Appoint
from grids.forms.units import FORMS
from grids.models import Body, BuildingToken, DutyShift, Leave, LevelProfile, Post, Unit
from grids.sizes import MOST_HOUSEHOLDS
from trail.idempotency import FIELD, OnceForm
from trail.models import Event
from trail.refusals import Refused

pytestmark = pytest.mark.django_db
LIST_QUERIES = 5  # session, user, standing, rows and their number


def page(subject) -> str:
    return reverse(f"admin:grids_{subject._meta.model_name}_change", args=[subject.pk])


def do(client, subject, key: str, once: str = "", **data):
    url = reverse(f"admin:grids_{subject._meta.model_name}_do", args=[subject.pk, key])
    return client.post(
        url, {FIELD: once, CONFIRMED: "1"} | {f"{key}-{name}": value for name, value in data.items()}
    )


def keys_on(client, subject) -> dict[str, str]:
    """Form → the key that it carries on the subject's page."""
    steps = client.get(page(subject)).context["steps"]
    return {step["form"].key: step["form"][FIELD].value() for step in steps}


def fresh(subject):
    return type(subject).objects.get(pk=subject.pk)


def done(response, subject) -> bool:
    return response.status_code == 302 and response.url == page(subject)


# --- looking ----------------------------------------------------------------------------------------------


def test_the_list_begins_at_the_top_and_search_finds_below(manager, town) -> None:
    address = reverse("admin:grids_unit_changelist")
    top = manager.get(address).content.decode()
    assert town.district.name in top and town.a.name not in top
    found = manager.get(address, {"q": town.h.code}).content.decode()
    assert town.h.name in found
    streets = manager.get(address, {"kind__exact": "street"}).content.decode()
    assert town.a.name in streets and town.x.name not in streets


def test_a_units_page_shows_one_level_down_and_the_way_up(manager, town) -> None:
    text = manager.get(page(town.x)).content.decode()
    for unit in (town.district, town.a, town.g1, town.g2):
        assert page(unit) in text
    assert page(town.h) not in text and page(town.y) not in text
    assert page(town.x) in manager.get(page(town.a)).content.decode()


def test_a_missing_full_time_worker_is_shown(manager, town, person) -> None:
    appoint(person("gong"), role="grid_worker", unit=town.g1, by=None, now=timezone.now())
    assert manager.get(page(town.x)).content.decode().count("gz-late") == 1


def test_pages_with_more_rows_cost_no_more_queries(manager, town, django_assert_max_num_queries) -> None:
    most = 30
    for number in range(10, 40):
        add_unit(town.x, code=f"{town.x.code}{number:03d}", name=f"{number}", by=None, now=timezone.now())
        add_body(town.a, kind="office", code=f"A-{number}", name=f"{number}", by=None, now=timezone.now())
    manager.get(page(town.x))
    for address in (
        page(town.x),
        page(town.a),
        reverse("admin:grids_unit_changelist"),
        reverse("admin:grids_body_changelist"),
        reverse("admin:grids_post_changelist"),
    ):
        with django_assert_max_num_queries(most):
            assert manager.get(address).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_one_row_and_three(manager, town, count, django_assert_num_queries) -> None:
    for number in range(count):
        add_unit(town.g2, code=f"{town.x.code}{number + 50:05d}", name="楼", by=None, now=timezone.now())
    address = reverse("admin:grids_unit_changelist")
    manager.get(address)
    with django_assert_num_queries(LIST_QUERIES):
        manager.get(address, {"parent__id__exact": town.g2.pk})


def test_foreign_numbers_are_as_unknown_as_absent_ones(sign_in, town) -> None:
    client = sign_in("wang", "street_leader", town.b)
    unknown = (town.x.pk, 10**9, "x", "²", "9" * 30)
    answers = [client.get(reverse("admin:grids_unit_change", args=[pk])) for pk in unknown]
    assert {answer.status_code for answer in answers} == {404}
    assert (
        len({re.sub(rb'value="[^"]*"', b"", answer.content) for answer in answers}) == 1
    )  # tokens, next page
    for subject, key in ((town.x, "rename"), (town.squad, "change")):
        assert do(client, subject, key, name="新").status_code == 404
    listed = client.get(reverse("admin:grids_body_changelist")).content.decode()
    assert town.office.name in listed and town.squad.name not in listed


def test_nobody_without_a_post_gets_in(client, town, person) -> None:
    user = person("nobody")
    user.is_staff = True
    user.save()
    client.force_login(user)
    assert client.get(page(town.district)).status_code == 404
    assert client.get(reverse("admin:grids_unit_changelist")).status_code == 403


def test_who_only_looks_gets_no_forms_and_no_way_past_them(sign_in, town) -> None:
    client = sign_in("jie", "street_dispatcher", town.a)
    assert '<form method="post" action="/admin/grids' not in client.get(page(town.x)).content.decode()
    for form in (*FORMS, Appoint):
        assert do(client, town.x, form.key).status_code == 404
    assert client.post(page(town.x), {"name": "新"}).status_code == 200, "the page itself takes nothing"
    assert client.get(reverse("admin:grids_unit_do", args=[town.x.pk, "rename"])).status_code == 405
    assert fresh(town.x).name == town.x.name


def test_every_registered_page_writes_through_actions_alone() -> None:
    for model in (Unit, Body, Post):
        here = admin.site._registry[model]
        assert isinstance(here, SubjectAdmin) and not here.actions
    for form in (*FORMS, *BODY_FORMS, *POST_FORMS, Appoint):
        assert str(form.label) and form.capability in {"manage_units", "manage_posts", "keep_roster"}
        assert form.act is not None and len(form.key) < 20 and issubclass(form, OnceForm)
    assert len({form.key for form in FORMS}) == len(FORMS)


def test_what_does_harm_is_looked_at_twice() -> None:
    for form in (*FORMS, *BODY_FORMS, *POST_FORMS):
        assert not form.danger or form.previewed or "sure" in form.base_fields, form


def test_what_is_sent_twice_is_done_once(manager, town) -> None:
    """A double tap, a page sent again: the same key leads to the same page, even where the form is gone since."""
    facts = {"code": "990101001001010", "name": "大厦", "line": "urban", "grid_kind": "basic"}
    key = keys_on(manager, town.x)["add"]
    first, again = (do(manager, town.x, "add", once=key, **facts) for _tap in range(2))
    made = Unit.objects.get(code=facts["code"])
    assert done(first, made) and done(again, made)
    other = do(manager, town.x, "add", once=key, **facts | {"code": "990101001001011"})
    assert other.status_code == 422 and "990101001001011" in other.content.decode()
    assert key not in other.content.decode() and not Unit.objects.filter(code="990101001001011").exists()

    key, events = keys_on(manager, made)["close"], Event.objects.count()
    first, again = (do(manager, made, "close", once=key, sure="on") for _tap in range(2))
    assert done(first, made) and done(again, made) and fresh(made).closed_at
    assert Event.objects.count() == events + 1
    assert do(manager, made, "close", once="another", sure="on").status_code == 404
    assert do(manager, town.h, "add", once=key, sure="on").status_code == 404, "a key of something else"


def test_a_refusal_does_not_use_up_the_key(manager, town) -> None:
    facts = {"name": "大厦", "line": "urban", "grid_kind": "basic"}
    refused = do(manager, town.x, "add", once="k", code=town.g1.code, **facts)
    assert refused.status_code == 422 and 'value="k"' not in refused.content.decode()
    assert do(manager, town.x, "add", once="k", code="990101001001010", **facts).status_code == 302


# --- units ------------------------------------------------------------------------------------------------


def test_a_unit_is_added_below(manager, town) -> None:
    assert town.a.code in manager.get(page(town.a)).content.decode()
    answer = do(manager, town.a, "add", code="990101001200", name="上台子村", line="rural")
    made = Unit.objects.get(code="990101001200")
    assert done(answer, made) and (made.line, made.parent) == ("rural", town.a)
    do(
        manager,
        town.x,
        "add",
        code="990101001001009",
        name="大厦",
        line="urban",
        grid_kind="dedicated",
        households="",
    )
    assert Unit.objects.get(code="990101001001009").grid_kind == "dedicated"
    do(manager, town.g1, "add", code="99010100100100077", name="77号楼", line="urban", households="40")
    assert Unit.objects.get(code="99010100100100077").households == 40
    more = {"code": "99010100100100078", "name": "78号楼", "line": "urban", "households": MOST_HOUSEHOLDS + 1}
    answer = do(manager, town.g1, "add", **more)
    assert answer.status_code == 422 and str(more["households"]) in answer.content.decode()
    assert "add-code" not in manager.get(page(town.h)).content.decode()


def test_a_refused_form_says_why_and_keeps_what_was_typed(manager, town) -> None:
    answer = do(manager, town.a, "add", code="990101002200", name="错号村", line="rural")
    text = answer.content.decode()
    assert answer.status_code == 422 and "错号村" in text and 'role="alert"' in text and "990101001" in text
    assert not Unit.objects.filter(name="错号村").exists()
    assert do(manager, town.a, "add", name="").status_code == 422


def test_a_service_telephone(manager, town) -> None:
    facts = {"line": "urban", "grid_kind": "basic", "label_override": "", "party_label_override": ""}
    assert done(do(manager, town.g1, "change", phone="000 0000 0001", **facts), town.g1)
    for wrong in ("call me", "12", "0" * 31, "000--x", "+"):
        assert do(manager, town.g1, "change", phone=wrong, **facts).status_code in {409, 422}
    assert fresh(town.g1).phone == "000 0000 0001"
    assert done(do(manager, town.g1, "change", phone="", **facts), town.g1)
    assert fresh(town.g1).phone == ""


def test_a_building_has_no_telephone(town, now) -> None:
    with pytest.raises(Refused) as refused:
        change_unit(town.h, phone="000 0000 0001", by=None, now=now)
    assert refused.value.code == "facts"


def test_rename_and_facts(manager, town) -> None:
    assert done(do(manager, town.x, "rename", name="新一号社区"), town.x)
    assert fresh(town.x).name == "新一号社区"
    do(
        manager,
        town.h,
        "change",
        line="rural",
        households="70",
        lon="125.3",
        lat="",
        label_override="",
        party_label_override="",
    )
    assert (fresh(town.h).line, fresh(town.h).households, fresh(town.h).lat) == ("rural", 70, None)
    do(
        manager,
        town.g1,
        "change",
        line="urban",
        grid_kind="dedicated",
        label_override="片",
        party_label_override="片支部",
    )
    assert (fresh(town.g1).grid_kind, fresh(town.g1).label()) == ("dedicated", "片")


def test_move_by_list_and_by_code(manager, town) -> None:
    assert done(do(manager, town.h, "move", near=town.g2.pk), town.h)
    assert fresh(town.h).parent == town.g2
    do(manager, town.h, "move", code=town.g4.code)
    assert fresh(town.h).parent == town.g4
    assert do(manager, town.h, "move", code="404").status_code == 422
    assert do(manager, town.h, "move", code=town.x.code).status_code == 422
    assert do(manager, town.district, "move", code=town.x.code).status_code == 404


def test_targets_one_does_not_see_are_unknown(manager, town) -> None:
    other = add_unit(None, code="990102", name="试二区", by=None, now=timezone.now())
    answer = do(manager, town.a, "move", code=other.code)
    assert answer.status_code == 422 and fresh(town.a).parent == town.district


def test_merge_and_close(manager, town) -> None:
    assert done(do(manager, town.g1, "merge", near=town.g2.pk), town.g2)
    assert fresh(town.g1).merged_into == town.g2
    assert town.g1.code in manager.get(page(town.g2)).content.decode(), "the former code is shown"
    assert "rename-name" not in manager.get(page(town.g1)).content.decode(), (
        "nothing can be done with it any more"
    )
    assert do(manager, town.g3, "close").status_code == 422, "not without the tick"
    assert done(do(manager, town.g3, "close", sure="on"), town.g3)
    assert fresh(town.g3).closed_at
    assert do(manager, town.x, "close", sure="on").status_code == 422


def test_a_new_district_is_for_who_sets_up(manager, client, town) -> None:
    address = reverse("admin:grids_unit_add")
    data = {"add-code": "990102", "add-name": "试二区", "add-line": "urban"}
    assert manager.post(address, data).status_code == 403
    client.force_login(User.objects.create_superuser("root", display_name="root"))
    assert client.get(address).status_code == 200
    assert client.post(address, data | {"add-code": "1"}).status_code == 422
    assert done(client.post(address, data), Unit.objects.get(code="990102"))


def test_tokens_profiles_and_powers(manager, town) -> None:
    do(manager, town.h, "token")
    token = BuildingToken.objects.get()
    assert token.token not in manager.get(page(town.h)).content.decode()
    assert do(manager, town.h, "revoke", token=token.pk).status_code == 422, "not without the tick"
    assert fresh(token).revoked_at is None
    do(manager, town.h, "revoke", token=token.pk, sure="on")
    assert fresh(token).revoked_at
    do(manager, town.district, "profile", level="grid", line="urban", word="小区", party_label="小区党支部")
    assert LevelProfile.objects.get().label == "小区"
    assert "对派驻人员的指挥调度权" in manager.get(page(town.district)).content.decode()


# --- bodies and posts -------------------------------------------------------------------------------------


def test_bodies_are_added_corrected_and_closed(manager, town) -> None:
    answer = do(manager, town.a, "body", kind="office", code="A-DJ", name="党建办", phone="")
    made = Body.objects.get(code="A-DJ")
    assert done(answer, made)
    assert do(manager, town.a, "body", kind="department", code="A-X", name="x").status_code == 422
    do(manager, made, "change", name="党建工作办公室", phone="0431-1")
    assert (fresh(made).name, fresh(made).phone) == ("党建工作办公室", "0431-1")
    do(manager, made, "close", sure="on")
    assert fresh(made).closed_at and do(manager, made, "change", name="x").status_code == 404


def test_people_are_appointed_at_units_and_bodies(manager, town, person) -> None:
    person("li"), person("zhang")
    answer = do(manager, town.g1, "appoint", role="grid_chief", person="li", deputy="zhang")
    held = Post.objects.get(user=person("li"))
    assert done(answer, held) and held.deputy == person("zhang") and held.starts_on == timezone.localdate()
    do(manager, town.squad, "appoint", role="body_officer", person="zhang", ends_on="2999-01-01")
    assert Post.objects.get(body=town.squad).ends_on.year == 2999
    for bad in ({"role": "grid_chief", "person": "none"}, {"role": "street_leader", "person": "li"}):
        assert do(manager, town.g1, "appoint", **bad).status_code == 422
    assert "li" in manager.get(page(town.g1)).content.decode()


def test_weekly_shifts_are_shown_before_they_are_set(sign_in, town, person) -> None:
    """By whoever keeps the roster there: the secretary for a grid below, who may do nothing else to the post."""
    held = appoint(person("li"), role="grid_chief", unit=town.g1, by=None, now=timezone.now())
    secretary = sign_in("shu", "community_secretary", town.x)
    assert set(keys_on(secretary, held)) == {"shift", "weekly_shifts"}
    url = reverse("admin:grids_post_do", args=[held.pk, "weekly_shifts"])
    given = {"weekdays": ["0", "3"], "begins": "18:00", "ends": "08:00", "weeks": "2", "rank": "2"}
    typed = {f"weekly_shifts-{name}": value for name, value in given.items()}
    shown = secretary.post(url, typed)
    assert shown.status_code == 200 and not DutyShift.objects.exists()
    facts = shown.context["facts"]
    assert facts[0][1] == 4 and all(value.startswith("18:00 – ") for _day, value in facts[2:])
    kept = shown.context["typed"]
    assert [value for name, value in kept if name == "weekly_shifts-weekdays"] == ["0", "3"]
    again: dict[str, list[str]] = {CONFIRMED: ["1"]}
    for name, value in kept:
        again.setdefault(name, []).append(value)
    assert done(secretary.post(url, again), held)
    assert DutyShift.objects.filter(post=held, rank=2).count() == 4
    assert set(keys_on(secretary, held)) == {"shift", "weekly_shifts", "drop_shift"}
    assert secretary.post(url, typed | {"weekly_shifts-weeks": "14"}).status_code == 422
    assert secretary.post(url, typed | {"weekly_shifts-first": "2999-01-01"}).status_code == 422


def rosters_on(client, place) -> list:
    """The rows of the roster on the page of a unit or body, if it has one."""
    tables = client.get(page(place)).context["page"].tables
    return [table.rows for table in tables if str(table.title) == gettext("Duty roster")]


def test_the_roster_stands_on_the_page_of_its_place(manager, town, person) -> None:
    for place, role in ((town.g1, "grid_chief"), (town.squad, "body_officer")):
        where = {place._meta.model_name: place}
        held = appoint(person("li"), role=role, by=None, now=timezone.now(), **where)
        assert rosters_on(manager, place) == [[]]
        do(manager, held, "shift", starts_at="2999-01-01T08:00", ends_at="2999-01-02T08:00", rank="2")
        ((row,),) = rosters_on(manager, place)
        assert (row[0].link, row[3].text) == (page(held), 2)
    assert rosters_on(manager, town.h) == []


def test_who_can_do_nothing_on_duty_is_not_offered_for_it(manager, town, person) -> None:
    held = appoint(person("li"), role="part_time_grid_worker", unit=town.g1, by=None, now=timezone.now())
    assert not {"shift", "weekly_shifts"} & set(keys_on(manager, held))
    hours = {"starts_at": "2999-01-01T08:00", "ends_at": "2999-01-02T08:00", "rank": "1"}
    assert do(manager, held, "shift", **hours).status_code == 404


def test_a_post_is_led_from_its_page(manager, town, person) -> None:
    held = appoint(person("li"), role="grid_chief", unit=town.g1, by=None, now=timezone.now())
    person("zhang")
    do(manager, held, "deputy", deputy="zhang")
    assert fresh(held).deputy == person("zhang")
    do(manager, held, "leave", starts_at="2999-01-01T08:00", ends_at="2999-01-05T08:00")
    leave = Leave.objects.get()
    assert leave.starts_at.astimezone(timezone.get_default_timezone()).hour == 8
    assert (
        do(manager, held, "leave", starts_at="2999-01-05T08:00", ends_at="2999-01-01T08:00").status_code
        == 422
    )
    do(manager, held, "shift", starts_at="2999-01-01T08:00", ends_at="2999-01-02T08:00", rank="2")
    assert DutyShift.objects.get().rank == 2
    assert manager.get(page(held)).content.decode().count("2999") >= 2
    with_weeks = {"weekdays": ["0", "3"], "begins": "18:00", "ends": "08:00", "weeks": "2", "rank": "1"}
    do(manager, held, "weekly_shifts", **with_weeks)
    assert DutyShift.objects.count() == 5
    do(manager, held, "drop_shift", shift=list(DutyShift.objects.filter(rank=1).values_list("pk", flat=True)))
    do(manager, held, "end_leave", leave=leave.pk)
    do(manager, held, "drop_shift", shift=DutyShift.objects.get().pk)
    assert not Leave.objects.exists() and not DutyShift.objects.exists()
    assert do(manager, held, "end", on="").status_code == 422, "not without the tick"
    assert fresh(held).ends_on is None
    assert done(do(manager, held, "end", on="", sure="on"), held)
    assert fresh(held).ends_on == timezone.localdate() and do(manager, held, "end").status_code == 404


def test_one_records_ones_own_leave_and_deputy_but_not_more(sign_in, town, person) -> None:
    client = sign_in("li", "grid_chief", town.g1)
    person("zhang")
    own = Post.objects.get(user=person("li"))
    soon = timezone.now() + timedelta(hours=1)
    do(client, own, "leave", starts_at=soon.isoformat(), ends_at=(soon + timedelta(days=1)).isoformat())
    do(client, own, "deputy", deputy="zhang")
    assert Leave.objects.filter(post=own).exists() and fresh(own).deputy == person("zhang")
    assert do(client, own, "end").status_code == 404


def test_the_last_one_of_a_district_is_not_ended_from_a_form(manager, town, person) -> None:
    held = appoint(
        person("diao"), role="district_dispatcher", unit=town.district, by=None, now=timezone.now()
    )
    answer = do(manager, held, "end", on="", sure="on")
    assert answer.status_code == 422 and fresh(held).ends_on is None


def test_closed_bodies_and_ended_posts_leave_the_lists(manager, town, person) -> None:
    held = appoint(person("li"), role="grid_chief", unit=town.g2, by=None, now=timezone.now())
    assert "li" in manager.get(reverse("admin:grids_post_changelist")).content.decode()
    close_unit(town.g2, by=None, now=timezone.now())
    assert page(held) not in manager.get(reverse("admin:grids_post_changelist")).content.decode()
