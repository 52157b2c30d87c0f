"""Whom a complaint may be about, who deals with it, and marking one afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from grids.actions.posts import appoint, end_post
from grids.models import Post
from grids.standing import standing_of
from issues.actions import PERFORM
from issues.models import Category, Concern, Issue
from issues.page import issue_page
from issues.subjects import kept_from
from issues.ties import ties_of
from issues.timeline import timeline
from issues.why import why
from notices.models import Notice
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting, last
from trail.models import Event
from trail.refusals import Refused


@pytest.fixture
def staff_category(town: Town) -> Category:
    """The one that is meant for complaints about somebody."""
    made = Category.objects.create(
        key="staff",
        name="演示投诉",
        name_en="staff",
        kind="complaint",
        handled_at="street",
        about_somebody=True,
    )
    town.categories["staff"] = made
    return made


def sees(town: Town, name: str, issue: Issue, now: Any = None) -> bool:
    return Issue.objects.visible_to(town.people[name], now or town.now).filter(pk=issue.pk).exists()


class TestNaming:
    def test_a_category_meant_for_complaints_asks_whom(self, town: Town, staff_category: Category) -> None:
        with pytest.raises(Refused) as caught:
            town.report("staff")
        assert caught.value.code == "about_needed"
        assert town.report("staff", about=town.community).owner == town.street

    @pytest.mark.parametrize("verb", ["screen", "correct"])
    def test_nothing_becomes_one_about_nobody_in_particular(
        self, town: Town, act: Acting, staff_category: Category, verb: str
    ) -> None:
        refused = act.refused(verb, town.report("other"), "community_worker", category=staff_category)
        assert (refused.code, refused.allowed) == ("about_needed", ("mark_complaint",))

    @pytest.mark.parametrize(
        ("verb", "who"), [("all_clear", "street_leader"), ("ask_all_clear", "grid_worker")]
    )
    def test_nor_does_a_danger_that_is_dropped(
        self, town: Town, act: Acting, staff_category: Category, verb: str, who: str
    ) -> None:
        refused = act.refused(verb, act.handling("fire"), who, category=staff_category)
        assert refused.code == "about_needed"

    def test_one_that_is_marked_may_have_that_category(
        self, town: Town, act: Acting, staff_category: Category
    ) -> None:
        issue = act("mark_complaint", town.report("other"), "community_worker", unit=town.grid)
        assert act("correct", issue, "community_worker", category=staff_category).category == staff_category

    def test_a_person_is_named_by_their_post(self, town: Town) -> None:
        """Wherever they go they never see it; nor does anybody where they stood."""
        chief = town.people["grid_chief"]
        issue = town.report("litter", about_person=chief)
        assert (issue.about_unit, issue.about_user, issue.owner) == (town.grid, chief, town.community)
        end_post(town.posts["grid_chief"], by=None, now=town.now)
        appoint(chief, role="community_secretary", unit=town.community, by=None, now=town.now)
        later = town.now + timedelta(days=2)
        assert not any(sees(town, name, issue, later) for name in ("grid_chief", "grid_worker"))
        assert sees(town, "community_secretary", issue, later)

    def test_of_somebody_with_several_posts_it_is_the_highest(self, town: Town) -> None:
        town.appoint("grid_chief", "community_worker", town.community)
        assert town.report("litter", about_person=town.people["grid_chief"]).owner == town.street
        named = town.report("litter", about=town.grid, about_person=town.people["grid_chief"])
        assert (named.about_unit, named.owner) == (town.grid, town.community)

    def test_somebody_of_a_body(self, town: Town) -> None:
        issue = town.report("litter", about_person=town.people["office_officer"])
        assert (issue.about_body, issue.owner) == (town.office, town.street)

    @pytest.mark.parametrize("name", ["far_worker", "building_head", "district_dispatcher", "other_worker"])
    def test_only_somebody_in_charge_of_the_place(self, town: Town, name: str) -> None:
        with pytest.raises(Refused) as caught:
            town.report("litter", about_person=town.people[name])
        assert caught.value.code == "about_person"

    def test_a_person_and_another_place_do_not_fit(self, town: Town) -> None:
        with pytest.raises(Refused) as caught:
            town.report("litter", about=town.community, about_person=town.people["grid_chief"])
        assert caught.value.code == "about_person"

    def test_where_they_alone_stand_above_it_goes_further_up(self, town: Town) -> None:
        for name in ("community_secretary", "community_worker"):
            end_post(town.posts[name], by=None, now=town.now)
        appoint(
            town.people["grid_chief"], role="community_secretary", unit=town.community, by=None, now=town.now
        )
        issue = town.report("litter", about=town.grid, about_person=town.people["grid_chief"])
        assert issue.owner == town.street
        assert town.report("litter", about=town.grid).owner == town.street

    def test_a_vacant_level_above_is_covered_as_ever(self, town: Town) -> None:
        for name in ("community_secretary", "community_worker"):
            end_post(town.posts[name], by=None, now=town.now)
        assert town.report("litter", about=town.grid).owner == town.community

    def test_the_event_says_whom_by_ids(self, town: Town) -> None:
        issue = town.report("litter", about_person=town.people["grid_chief"])
        told = Event.objects.about("issue", issue.pk)[0].data
        assert told["about"] == {"unit": town.grid.pk} and told["person"] == town.people["grid_chief"].pk

    def test_what_the_hotline_sends_is_kept_from_the_whole_street_until_somebody_has_named_them(
        self, town: Town, act: Acting, staff_category: Category
    ) -> None:
        """A file does not say whom; nobody could be asked."""
        given = {"source": "hotline", "by": town.people["street_dispatcher"], "on_behalf": True}
        issue = town.report("staff", deadline=act.now + timedelta(days=5), **given)
        assert (issue.owner, issue.state, issue.about_unit) == (town.district, "reported", town.street)
        below = ("street_leader", "street_dispatcher", "community_worker", "grid_worker")
        assert not any(sees(town, name, issue) for name in below), "nor whoever only brought the file in"
        told = why(issue)
        assert told is not None and told.reason == "complaint_unnamed" and town.district.name in told.sentence
        issue = act("mark_complaint", issue, "district_dispatcher", unit=town.community)
        assert (issue.owner, issue.state) == (town.street, "assigned")
        assert sees(town, "street_leader", issue) and not sees(town, "community_worker", issue)


@pytest.mark.parametrize(
    "about",
    [
        *({"about": key} for key in ("grid", "community", "street", "office", "department", "property")),
        *(
            {"about_person": name}
            for name in ("grid_chief", "community_secretary", "street_leader", "body_head")
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("by", [None, "community_worker", "grid_chief"])
def test_whoever_must_not_see_it_hears_nothing_and_the_other_way_round(
    town: Town, about: dict[str, str], by: str | None
) -> None:
    """One rule in two shapes: with several posts, deputies whose holder is there, and the registrar."""
    town.appoint("community_secretary", "street_leader", town.street)
    town.appoint("newcomer", "street_dispatcher", town.street, town.people["grid_worker"])
    given = {key: getattr(town, name, None) or town.people[name] for key, name in about.items()}
    registrar = {"by": town.people[by], "source": "visit", "on_behalf": True} if by else {}
    issue = town.report("litter", **given, **registrar)
    hidden = {
        person.pk
        for person in town.people.values()
        if Issue.objects.filter(pk=issue.pk).hidden_from(person, town.now).exists()
    }
    assert hidden == kept_from(issue, town.now)
    seen = {name for name in town.people if sees(town, name, issue)}
    assert not {town.people[name].pk for name in seen} & hidden
    assert "district_dispatcher" in seen


class TestTheRegistrarOfOneAboutTheirOwnPlace:
    """They follow it like any reporter, and have no more to do with it than one, whatever their posts."""

    @pytest.fixture
    def issue(self, town: Town, act: Acting) -> Issue:
        town.appoint("community_worker", "street_leader", town.street)
        by = town.people["community_worker"]
        issue = town.report(
            "litter", about=town.community, by=by, source="visit", on_behalf=True, contact=CONTACT
        )
        issue = act("sign", issue, "street_dispatcher")
        return act("note", issue, "street_dispatcher", text="演示:约谈社区书记", internal=True)

    def test_they_read_what_a_reporter_reads(self, town: Town, issue: Issue) -> None:
        page = issue_page(issue, town.people["community_worker"], town.now)
        assert not page.inside and page.reporter is None and page.about == ""
        assert "演示:约谈社区书记" not in {note.text for line in page.lines for note in line.notes}
        assert issue_page(issue, town.people["street_dispatcher"], town.now).about == str(town.community)

    def test_nothing_of_it_is_theirs_to_do(self, town: Town, issue: Issue) -> None:
        standing = standing_of(town.people["community_worker"], town.now)
        assert ties_of(issue, standing, now=town.now) == {}

    def test_but_not_the_person_who_is_named(self, town: Town) -> None:
        by = town.people["grid_chief"]
        issue = town.report("litter", about_person=by, by=by, source="visit", on_behalf=True)
        assert not sees(town, "grid_chief", issue) and by.pk in kept_from(issue, town.now)


class TestMarking:
    def test_it_goes_past_them(self, town: Town, act: Acting) -> None:
        issue = act(
            "mark_complaint", act.handling("noise", "community_worker"), "street_leader", unit=town.community
        )
        assert (issue.owner, issue.state, issue.kind) == (town.street, "assigned", "complaint")
        assert not any(
            sees(town, name, issue) for name in ("community_secretary", "grid_worker", "building_head")
        )
        assert last(issue).data["about"] == {"unit": town.community.pk}
        (line,) = (one for one in timeline(issue) if one.verb == "mark_complaint")
        assert town.community.name in line.words and town.street.name in line.words

    def test_whoever_screens_may_mark_one_about_themselves(self, town: Town, act: Acting) -> None:
        issue = act("mark_complaint", town.report("other"), "community_secretary", unit=town.community)
        assert issue.owner == town.street and not sees(town, "community_secretary", issue)

    def test_a_person_alone_is_enough(self, town: Town, act: Acting) -> None:
        issue = act(
            "mark_complaint", town.report("other"), "community_secretary", person=town.people["grid_worker"]
        )
        assert (issue.about_unit, issue.owner, issue.state) == (town.grid, town.community, "assigned")
        assert last(issue).data["person"] == town.people["grid_worker"].pk

    @pytest.mark.parametrize(
        ("named", "code"),
        [
            ({}, "about_needed"),
            ({"unit": "grid", "body": "office"}, "target"),
            ({"unit": "district"}, "about"),
            ({"body": "far_office"}, "about"),
            ({"person": "far_worker"}, "about_person"),
        ],
        ids=str,
    )
    def test_it_must_say_whom(self, town: Town, act: Acting, named: dict[str, str], code: str) -> None:
        given = {key: getattr(town, name, None) or town.people[name] for key, name in named.items()}
        assert act.refused("mark_complaint", town.report("other"), "community_worker", **given).code == code

    def test_where_it_is_with_the_level_above_already_it_stays_in_hand(self, town: Town, act: Acting) -> None:
        for category, who, owner in (
            ("noise", "community_worker", town.community),
            ("road", "street_leader", town.street),
        ):
            issue = act("mark_complaint", act.handling(category, who), who, unit=town.grid)
            assert (issue.owner, issue.state, issue.signed_at) == (owner, "handling", act.now)

    def test_a_danger_comes_first(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("fire"), "grid_worker")
        assert act.refused("mark_complaint", issue, "community_worker", unit=town.grid).code == "after_danger"

    def test_again_to_name_somebody_else(self, town: Town, act: Acting) -> None:
        issue = act(
            "mark_complaint", act.handling("noise", "community_worker"), "community_worker", unit=town.grid
        )
        issue = act("mark_complaint", issue, "community_worker", unit=town.community)
        assert (issue.about_unit, issue.owner) == (town.community, town.street)
        issue = act("mark_complaint", act("sign", issue, "street_leader"), "street_leader", body=town.office)
        assert (issue.about_unit, issue.about_body, issue.owner) == (None, town.office, town.street)
        assert sees(town, "community_worker", issue) and not sees(town, "office_officer", issue)

    def test_a_suspended_one_wakes_up(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        act("ask_suspension", issue, "community_worker")
        act("grant", issue.decisions.get(), "street_leader")
        issue = act("mark_complaint", issue, "street_leader", unit=town.community)
        assert (issue.state, issue.owner, issue.cause) == ("assigned", town.street, "")

    def test_whoever_was_asked_for_something_is_free_again(self, town: Town, act: Acting) -> None:
        """By whistle, with a letter; and what follows it is a matter of its own, back where it came from."""
        issue = act.handling("noise", "community_secretary")
        follower = town.report("noise")
        act("merge", follower, "community_secretary", main=issue)
        act("supervise", issue, "street_leader")
        act("whistle", issue, "community_secretary", kind="quick", bodies=[town.department])
        issue = act("mark_complaint", issue, "street_leader", unit=town.community)
        assert (issue.open_whistles, issue.open_tasks, issue.open_decisions, issue.follower_count) == (
            0,
            0,
            0,
            0,
        )
        follower.refresh_from_db()
        assert (follower.state, follower.owner, follower.main) == ("assigned", town.community, None)
        assert sees(town, "community_secretary", follower)

    def test_and_whoever_had_a_part_of_it(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        act("split", issue, "street_dispatcher", bodies=[town.office])
        issue = act("mark_complaint", issue, "district_dispatcher", unit=town.street)
        assert (issue.owner, issue.open_tasks) == (town.district, 0)
        assert not sees(town, "office_officer", issue)

    def test_where_it_stays_only_their_part_is_taken_from_it(self, town: Town, act: Acting) -> None:
        """The office had a sub-task of the street; a department that was called by it has nothing to do with it."""
        issue = act.handling("road", "street_dispatcher")
        act("split", issue, "street_dispatcher", bodies=[town.office])
        issue = act("mark_complaint", issue, "street_leader", body=town.office)
        assert (issue.owner, issue.state, issue.open_tasks) == (town.street, "assigned", 0)
        issue = act.handling("road", "street_dispatcher")
        act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.department])
        issue = act("mark_complaint", issue, "street_leader", body=town.office)
        assert (issue.owner, issue.state, issue.open_whistles) == (town.street, "handling", 1)

    def test_where_it_was_said_to_belong_is_said_no_more(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        Issue.objects.filter(pk=issue.pk).update(proposed_body=town.office)
        issue = act("mark_complaint", issue, "street_leader", body=town.office)
        assert (issue.state, issue.proposed) == ("handling", None)

    def test_what_they_were_told_is_taken_back(self, town: Town, act: Acting) -> None:
        """Nothing is left in an inbox, and nobody who was called as deputy keeps sight of it when they go."""
        issue = town.report("noise")
        act.later(hours=5)
        act.sweep()
        assert ("community_secretary_deputy", "call_deputy.deputy") in act.heard()
        other = town.report("noise")
        act.heard()
        issue = act("mark_complaint", issue, "street_leader", unit=town.community)
        act.heard()
        told = Notice.objects.filter(event__subject_id=issue.pk, event__subject_type="issue")
        names = set(told.values_list("recipient__username", flat=True))
        assert names and not names & {"community_secretary", "community_worker", "community_secretary_deputy"}
        assert Notice.objects.filter(
            event__subject_id=other.pk, recipient__username="community_worker"
        ).exists()
        Post.objects.filter(pk=town.posts["community_secretary"].pk).update(deputy=None)
        assert not Concern.objects.filter(issue=issue, user__isnull=False).exists()
        assert not sees(town, "community_secretary_deputy", issue, act.now + timedelta(days=1))

    def test_nothing_comes_back_to_them(self, town: Town, act: Acting) -> None:
        issue = act("hand_up", act.handling("noise", "community_worker"), "community_worker")
        issue = act("mark_complaint", issue, "street_leader", unit=town.community)
        assert (issue.keeper_unit, issue.sender_unit) == (None, None)
        assert act.refused("recall", issue, "community_secretary").code == "not_yours"
        issue = act("sign", issue, "street_leader")
        assert act.refused("dispatch", issue, "street_leader", unit=town.community).code == "about_them"

    def test_it_keeps_its_promise_and_has_a_clock(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        promised = issue.promised_at
        issue = act("mark_complaint", issue, "street_leader", unit=town.community)
        assert issue.due_at > act.now and issue.promised_at >= promised
        assert ("street_leader", "mark_complaint.to") not in act.heard()  # their own deed
        assert PERFORM["sign"](issue, by=town.people["street_dispatcher"], now=act.now).state == "handling"
