"""Forms from the tables: every verb has one, and what it cleans is what the action takes."""

import inspect
from datetime import date, timedelta

import pytest
from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override

from accounts.models import User
from grids.actions.policies import set_policy
from issues.actions import PERFORM
from issues.actions.photos import MOST_PHOTOS
from issues.forms import (
    LookupForm,
    PhotosField,
    ResidentReportForm,
    RevealForm,
    StaffReportForm,
    category_groups,
    verb_form,
)
from issues.forms.fields import PersonField
from issues.forms.verbs import SURE, Asked, field_for
from issues.inputs import Input
from issues.lifecycle import VERB
from issues.models import Category
from issues.whistles import KINDS
from tests.builders import CONTACT
from tests.faces import photo

OWN = {"version", "idempotency_key", "sure", "sought"}


def post(**answers):
    data = QueryDict(mutable=True)
    for name, value in answers.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def handling(town, category="litter", by="grid_worker"):
    issue = town.report(category, contact=CONTACT)
    PERFORM["sign"](issue, by=town.people[by], now=town.now)
    issue.refresh_from_db()
    return issue


@pytest.mark.parametrize("verb", sorted(VERB))
def test_every_verb_has_a_form_of_what_its_action_takes(town, verb):
    form = verb_form(verb, town.report(), town.people["grid_worker"], town.now, ask_again=True)
    takes = set(inspect.signature(PERFORM[verb]).parameters)
    assert set(form.fields) - OWN <= takes
    assert form["version"].value() is not None


@pytest.mark.parametrize("verb", sorted(VERB))
def test_an_unbound_form_shows_every_field(town, verb):
    form = verb_form(verb, handling(town), town.people["grid_worker"], town.now)
    names = {field.name for field in (*form.main_fields(), *form.seldom_fields())}
    assert names == set(form.fields) and str(form)


def test_a_question_of_an_unknown_type_is_a_mistake_of_ours(town):
    with pytest.raises(LookupError):
        field_for(Input("x", "hologram", "X"), Asked(VERB["note"], town.report(), None, town.now))


def test_empty_answers_are_left_to_the_action(town):
    form = verb_form(
        "contact",
        handling(town),
        town.people["grid_worker"],
        town.now,
        post(way="phone", text="", version="3"),
    )
    assert form.is_valid() and form.arguments() == {"way": "phone", "version": 3}


@pytest.mark.parametrize("verb", ["contact", "report_in"])
def test_a_phone_says_when_it_was_tapped(town, verb):
    told = post(way="phone", mode="on_spot", occurred_at="2026-03-10T08:30")
    form = verb_form(verb, handling(town), town.people["grid_worker"], town.now, told)
    assert form["occurred_at"].is_hidden and form.is_valid()
    assert form.arguments()["occurred_at"].isoformat() == "2026-03-10T08:30:00+08:00"


@pytest.mark.parametrize("verb", sorted(SURE))
def test_what_ends_the_matter_is_asked_twice(town, verb):
    issue, user = town.report("other"), town.people["community_worker"]
    answers = post(channel="法院", text="已在诉讼中")
    assert not verb_form(verb, issue, user, town.now, answers, ask_again=True).is_valid()
    answers["sure"] = "on"
    form = verb_form(verb, issue, user, town.now, answers, ask_again=True)
    assert form.is_valid() and "sure" not in form.arguments()


def test_dispatch_offers_what_is_below_and_ones_own(town):
    issue = town.report("road")
    form = verb_form("dispatch", issue, town.people["street_dispatcher"], town.now)
    units = {unit.code for unit in form.fields["unit"].queryset}
    bodies = {body.code for body in form.fields["body"].queryset}
    assert units == {town.community.code, town.other_community.code}
    assert bodies == {"office-1", "posted-1"}


def test_a_district_dispatches_to_its_departments(town):
    form = verb_form("dispatch", town.report("permit"), town.people["district_dispatcher"], town.now)
    assert {body.code for body in form.fields["body"].queryset} >= {"department-1", "centre-1"}


def at_the_centre(town, category="permit"):
    who = town.people["district_dispatcher"]
    return PERFORM["dispatch"](town.report(category), by=who, now=town.now, body=town.centre)


def test_a_centre_offers_what_its_unit_commands(town):
    issue, who = at_the_centre(town), town.people["centre_dispatcher"]
    for verb, unit, body in (("dispatch", "unit", "body"), ("split", "units", "bodies")):
        if verb == "split":
            PERFORM["sign"](issue, by=who, now=town.now)
            issue.refresh_from_db()
        form = verb_form(verb, issue, who, town.now)
        assert {one.code for one in form.fields[unit].queryset} == {town.street.code, town.other_street.code}
        assert {one.code for one in form.fields[body].queryset} == {"department-1", "utility-1"}


def test_a_centre_dispatches_by_its_form(town):
    issue, who = at_the_centre(town), town.people["centre_dispatcher"]
    for target in ({"unit": town.street}, {"body": town.department}):
        ((name, place),) = target.items()
        form = verb_form("dispatch", issue, who, town.now, post(**{name: place.code}))
        assert form.is_valid() and form.arguments() == target
    assert PERFORM["dispatch"](issue, by=who, now=town.now, **form.arguments()).owner == town.department


def test_a_posted_squad_is_offered_where_the_street_commands_it(town):
    issue, who = town.report("road"), town.people["street_dispatcher"]
    off = {"command": {"granted": False}}
    set_policy(town.district, "powers", off, by=None, now=town.now, reason="演示:试行")
    form = verb_form("dispatch", issue, who, town.now)
    assert {body.code for body in form.fields["body"].queryset} == {"office-1"}


def test_a_community_has_no_bodies_to_choose(town):
    form = verb_form("dispatch", town.report("noise"), town.people["community_worker"], town.now)
    assert "body" not in form.fields and "unit" in form.fields


def test_dispatch_by_code(town):
    answers = post(unit=town.grid.code)
    form = verb_form("dispatch", town.report("noise"), town.people["community_worker"], town.now, answers)
    assert form.is_valid() and form.arguments() == {"unit": town.grid}


def test_a_foreign_code_is_no_choice(town):
    answers = post(unit=town.far_grid.code)
    form = verb_form("dispatch", town.report("noise"), town.people["community_worker"], town.now, answers)
    assert not form.is_valid() and "unit" in form.errors


# --- the whistle ---
def test_the_whistle_says_who_comes_by_when(town):
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now)
    kinds = {one.kind.key: one for one in form.kinds()}
    assert set(kinds) == {kind.key for kind in KINDS}
    assert kinds["emergency"].acknowledge_by == town.now + timedelta(minutes=5)
    assert kinds["emergency"].arrive_by == town.now + timedelta(minutes=30)
    assert kinds["quick"].acknowledge_by < kinds["quick"].arrive_by < kinds["quick"].done_by


def test_a_grid_calls_its_community_and_in_danger_everybody(town):
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now)
    callees = form.callees()
    assert {one.code for one in callees.usual} == {town.community.code, "owners-1", "posted-1", "property-1"}
    assert {town.street.code, town.district.code, "department-1"} <= {one.code for one in callees.urgent}
    assert all(one.only_by for one in callees.urgent) and not callees.urgent_chosen


def test_only_by_names_the_kinds(town):
    form = verb_form(
        "whistle", handling(town, "noise", "community_worker"), town.people["community_worker"], town.now
    )
    with override("en"):
        only = {one.code: one.only_by for one in form.callees().usual}
    assert only["department-1"] == "Quick whistle, Emergency whistle"
    assert only[town.street.code] == ""


def test_a_sent_whistle_keeps_its_choices(town):
    answers = post(kind="", units=[town.community.code], bodies=["property-1"], text="", lead="property-1")
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now, answers)
    assert set(form.errors) == {"kind"}
    assert {one.code for one in form.callees().usual if one.chosen} == {town.community.code, "property-1"}


def test_a_whistle_as_the_action_takes_it(town):
    answers = post(
        kind="tough", units=[town.community.code], bodies=["property-1"], text="清理", lead="property-1"
    )
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now, answers)
    assert form.is_valid()
    told = form.arguments()
    assert list(told["units"]) == [town.community] and list(told["bodies"]) == [town.property]
    assert (told["kind"], told["lead"], told["text"]) == ("tough", "property-1", "清理")


def test_a_whistle_needs_no_words_of_its_own(town):
    answers = post(kind="quick", units=[town.community.code])
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now, answers)
    assert form.is_valid() and "text" not in form.arguments()


def test_the_only_one_whom_the_table_gives_is_chosen_already(town):
    """Of a grid that calls its community alone; of one that may choose nobody is, nor of one that has called."""
    several, table = (
        handling(town),
        {f"grid:{kind}": {"owners": False, "posted": False} for kind in ("quick", "tough")},
    )
    form = verb_form("whistle", several, town.people["grid_worker"], town.now)
    assert not [one for one in form.callees().usual if one.chosen]
    for row in table.values():
        row["property"] = False
    set_policy(town.district, "callable", table, by=None, now=town.now, reason="演示:试行")
    form = verb_form("whistle", several, town.people["grid_worker"], town.now)
    found = form.callees()
    assert [(one.code, one.chosen) for one in found.usual] == [(town.community.code, True)]
    assert not found.urgent_chosen
    PERFORM["whistle"](
        several, by=town.people["grid_worker"], now=town.now, kind="quick", units=[town.community]
    )
    several.refresh_from_db()
    form = verb_form("whistle", several, town.people["grid_worker"], town.now)
    assert not [one for one in form.callees().usual if one.chosen]


def test_the_lead_is_one_of_those_who_may_be_called(town):
    answers = post(kind="quick", units=[town.community.code], text="清理", lead="far_office-1")
    form = verb_form("whistle", handling(town), town.people["grid_worker"], town.now, answers)
    assert not form.is_valid() and "lead" in form.errors


# --- photos ---
def files(*photos):
    return MultiValueDict({"photos": list(photos)})


def test_several_photos(town):
    answers = post(outcome="solved", text="done")
    form = verb_form(
        "submit_result",
        handling(town),
        town.people["grid_worker"],
        town.now,
        answers,
        files(photo(), photo("2.jpg")),
    )
    assert form.is_valid()
    assert [one.size > 0 for one in form.arguments()["photos"]] == [True, True]


def test_no_photo_is_no_photo(town):
    form = verb_form("note", handling(town), town.people["grid_worker"], town.now, post(text="x"), files())
    assert form.is_valid() and form.arguments()["photos"] == []


def test_too_many_photos_are_refused_before_they_are_read():
    with pytest.raises(forms.ValidationError):
        PhotosField(required=False).clean([photo() for _unused in range(MOST_PHOTOS + 1)])


def test_a_phone_is_told_how_many_photos_go(town):
    form = verb_form("note", handling(town), town.people["grid_worker"], town.now)
    assert f'data-most="{MOST_PHOTOS}"' in str(form["photos"])


def test_a_required_photo():
    with pytest.raises(forms.ValidationError):
        PhotosField().clean([])


def test_a_date_comes_back_as_the_browser_writes_it(town):
    answers = post(outcome="legal", text="x", case_number="2026-1", feedback_on="2026-04-01")
    form = verb_form("submit_result", handling(town), town.people["grid_worker"], town.now, answers)
    assert form.is_valid() and form.arguments()["feedback_on"] == date(2026, 4, 1)
    assert 'value="2026-04-01"' in str(form["feedback_on"])


# --- reporting ---
def test_danger_stands_first_and_apart(town):
    group = Category.objects.create(key="house", name="房屋", name_en="House", kind="help", order=50)
    Category.objects.create(key="roof", parent=group, name="屋顶", name_en="Roof", kind="help", order=51)
    Category.objects.create(
        key="wire", parent=group, name="电线", name_en="Wire", kind="hazard", is_danger=True
    )
    with override("en"):
        groups = category_groups(residents=True)
    assert (groups[0].label, groups[0].danger) == ("Danger", True)
    assert {row.key for row in groups[0].categories} == {"fire", "wire"}
    assert ["roof"] in [[row.key for row in one.categories] for one in groups if one.label == "House"]
    assert not any(row.key == "house" for one in groups for row in one.categories)


def test_residents_are_offered_what_is_for_them(town):
    Category.objects.filter(key="permit").update(for_residents=False)
    Category.objects.filter(key="road").update(is_active=False)
    keys = {row.key for one in category_groups(residents=True) for row in one.categories}
    assert "permit" not in keys and "road" not in keys and "litter" in keys
    assert "permit" in {row.key for one in category_groups(residents=False) for row in one.categories}


def test_a_report_as_the_action_takes_it(town):
    answers = post(
        category="litter", text="演示", spot="", contact_name=" 王 ", contact_phone="138 0000 0000"
    )
    form = ResidentReportForm(answers, MultiValueDict())
    assert form.is_valid()
    told = form.arguments()
    assert (
        told["category"] == town.categories["litter"] and "spot" not in told and "idempotency_key" not in told
    )
    assert (told["contact"].name, told["contact"].phone) == ("王", "138 0000 0000")


@pytest.mark.parametrize(
    "answers", [{"text": "演示"}, {"category": "litter"}, {"category": "nothing", "text": "演示"}]
)
def test_a_report_needs_what_and_words(town, answers):
    form = ResidentReportForm(post(**answers), MultiValueDict())
    assert not form.is_valid()
    assert [tile for group in form.tiles() for tile in group["tiles"]]


def test_the_chosen_tile_stays_chosen(town):
    form = ResidentReportForm(post(category="litter"), MultiValueDict())
    assert [row.key for group in form.tiles() for row, chosen, _asked in group["tiles"] if chosen] == [
        "litter"
    ]


def test_a_staff_report_knows_its_source(town):
    assert StaffReportForm()["source"].value() == "patrol"
    offered = {key for key, _label in StaffReportForm().fields["source"].choices}
    assert offered == {"resident", "patrol", "visit", "phone", "chat", "reception", "spotter"}


def test_an_earlier_time_is_local_time(town):
    answers = post(category="litter", text="演示", source="phone", occurred_at="2026-03-10T08:30")
    form = StaffReportForm(answers, MultiValueDict())
    assert form.is_valid()
    assert form.arguments()["occurred_at"].isoformat() == "2026-03-10T08:30:00+08:00"


@pytest.mark.parametrize(("typed", "fine"), [("2025-03-11T08:30", True), ("2016-03-09T08:30", False)])
def test_a_year_that_was_mistyped_is_named(town, typed, fine):
    answers = post(category="litter", text="演示", source="visit", occurred_at=typed)
    form = StaffReportForm(answers, MultiValueDict(), place=town.building, now=town.now)
    assert form.is_valid() is fine
    if not fine:
        [error] = form.errors.as_data()["occurred_at"]
        with override("en"):
            assert (error.code, "year ago" in str(error.message)) == ("past", True)


# --- following ---
@pytest.mark.parametrize(
    "typed", ["20260310-000012", " 20260310 - 000012 ", "20260310－000012", "２０２６０３１０—０００012"]
)
def test_a_number_however_it_was_typed(typed):
    form = LookupForm({"number": typed, "last_four": "1234"})
    assert form.is_valid() and form.cleaned_data["number"] == "20260310-000012"


@pytest.mark.parametrize(
    ("number", "last_four"),
    [
        ("12", "1234"),
        ("20260310-000012", "12"),
        ("20260310-x", "1234"),
        ("20261310-000012", "1234"),
        ("", ""),
    ],
)
def test_what_is_no_number(number, last_four):
    assert not LookupForm({"number": number, "last_four": last_four}).is_valid()


def test_the_occasion_is_filled_in(town):
    assert RevealForm(town.report())["occasion"].value() == "contact"
    assert RevealForm(handling(town))["occasion"].value() == "visit"


def test_people_of_one_name_are_told_apart_by_their_sign_in_names():
    people = [
        User(username=name, display_name=shown)
        for name, shown in (("a", "王芳"), ("b", "王芳"), ("c", "李雷"))
    ]
    field = PersonField(people, required=False)
    assert [words for _value, words in field.choices] == ["—", "王芳（a）", "王芳（b）", "李雷"]
    assert (field.clean("b"), field.clean("")) == (people[1], None)
    with pytest.raises(forms.ValidationError):
        field.clean("d")
