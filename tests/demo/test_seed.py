"""The seed in its small size: everything there is to see is there, through the real actions, and fictional."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from demo.seed import checks, policies, scripts
from demo.seed.bodies import Bodies
from demo.seed.checks import Report
from demo.seed.hotline import ORDERS
from demo.seed.people import home_of
from demo.seed.places import KUANCHENG
from demo.seed.plan import plan_stories, sorts_of
from demo.seed.progress import Progress
from demo.seed.run import Seeding
from demo.seed.scheduler import Scheduler
from demo.seed.size import SMALL
from demo.seed.texts import matters, phrases
from grids.models import Body, Policy, Unit
from issues.actions.categories import load_categories, packaged_rows
from issues.hotline.columns import DEFAULT, MEANINGS
from issues.hotline.replies import reply_row
from issues.hotline.topics import topic_of
from issues.hotline_results import replies
from issues.kinds import SOURCES, Word
from issues.models import Category, HotlineOrder, ImportBatch, Issue, Schedule
from issues.sampling import lot
from trail.models import Event
from volunteers.joining import DUTIES
from volunteers.models import (
    CheckIn,
    Good,
    Offer,
    Organisation,
    Pairing,
    PointAccount,
    PointTransfer,
    Redemption,
    Service,
    Wish,
    Wisher,
)
from volunteers.pairing_querysets import gaps
from volunteers.points_check import faults
from volunteers.small_groups import FEWEST
from volunteers.tariff import HOURS


@pytest.fixture(scope="module")
def report(django_db_setup, django_db_blocker):
    """One seeding for all tests that look at it; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patched:
        # Here samples are drawn as everywhere but in tests.
        patched.setattr("issues.sampling.lot", lot)
        # Its own checks fail it where anything is missing.
        yield Seeding(SMALL, "1", Progress(quiet=True)).run(path=None, base_url="http://demo")
        transaction.set_rollback(True)


def test_its_checks_find_everything(report: Report):
    assert not report.faults
    assert {"suspended", "merged", "rejected", "closed"} <= set(report.states)
    assert {state for _kind, state in report.callees} >= {"proposed", "declined", "released"}
    assert report.rungs["call_next"]


def test_every_report_says_that_it_is_made_up(report: Report):
    marked = Issue.objects.filter(text__contains=phrases()["mark"])
    assert Issue.objects.count() == marked.count()
    assert all("演示" in name for name in User.objects.values_list("display_name", flat=True))


def test_the_rules_of_the_districts_are_samples(report: Report):
    rows = Policy.objects.all()
    assert set(rows.values_list("is_sample", flat=True)) == {True}
    own = set(rows.filter(unit__kind="district").values_list("unit__code", flat=True))
    assert own == set(Unit.objects.at("district").values_list("code", flat=True))
    streets = Unit.objects.at("street").filter(district__code="220103")
    assert rows.filter(unit__in=streets, key="categories").count() == streets.count()


def test_hotline_orders_came_in_a_file(report: Report):
    files = ImportBatch.objects.filter(total__gt=1)
    assert {(one.added, one.wrong) for one in files} == {(len(ORDERS), 1)} and files.count() == 2
    assert HotlineOrder.objects.filter(issue__reporter__is_secret=True).count() == 2
    assert not ImportBatch.objects.exclude(state="done").exists()


def test_the_export_of_the_demo_shows_results(report: Report):
    rows = [reply_row(reply, DEFAULT) for reply in replies(HotlineOrder.objects.all())]
    found = {row[MEANINGS.index("outcome")] for row in rows}
    assert {"办理中", "已解决", "退回热线"} <= found
    ended = [row for row in rows if row[MEANINGS.index("closed")]]
    assert ended and all(row[MEANINGS.index("answer")] for row in ended)


def test_points_were_earned_and_some_redeemed(report: Report):
    """By somebody who can sign in too; what the ledger says is what can be counted."""
    helper = User.objects.get(username="building_head")
    account = PointAccount.objects.get(volunteer__user=helper)
    assert account.balance and not list(faults())
    goods = Good.objects.open()
    assert goods.count() == 3 and goods.filter(stock=0).count() == 1
    assert all(one.name.startswith("演示") for one in goods)
    states = sorted(Redemption.objects.values_list("state", "account__volunteer__user__username"))
    assert states == [("collected", None), ("reserved", "building_head")]
    assert Redemption.objects.waiting().get().until > timezone.now()
    people = PointAccount.objects.of_volunteers().filter(balance__gt=0)
    assert people.count() >= FEWEST
    # What the fan-out heard afterwards was booked already.
    deeds = PointTransfer.objects.filter(kind="earn", rule=HOURS)
    confirmed = Service.objects.confirmed()
    assert deeds.count() == confirmed.count() > 0


def test_one_building_of_the_community_has_nobody_and_one_has_two(report: Report):
    """Of the level of buildings; whoever serves in the department speaks for one of the organisations."""
    one, now = Pairing.objects.filter(level=4).order_by("pk")[0], timezone.now()
    today, home = timezone.localdate(now), one.community
    assert gaps(home, 4, today).count() == 1
    double = Pairing.objects.overlapping(today).values_list("building", flat=True)
    assert len(double) == 2 and len(set(double)) == 1
    done = Pairing.objects.annotate(done=Count("duties")).values_list("done", flat=True)
    assert {0, len(DUTIES)} <= set(done)
    firms = CheckIn.objects.current().organisations().filter(community=home)
    # Two that are paired with a building, one that makes wishes come true.
    assert firms.count() == 3 and all("演示" in one.organisation.name for one in firms)
    assert CheckIn.objects.current().members().filter(community=home).count() == 3
    assert all("演示" in words for words in Offer.objects.values_list("words", flat=True))
    officer = User.objects.get(username=f"{KUANCHENG.prefix}body_officer")
    assert Organisation.objects.spoken_for_by(officer, now).count() == 1
    assert Pairing.objects.own(officer, now).exists()


def test_what_comes_again_has_come_and_will_come_again(report: Report):
    for schedule in Schedule.objects.all():
        made = schedule.occurrences.count()
        assert made >= (3 if schedule.month_days else 7), schedule
        assert schedule.next_at > timezone.now() - timedelta(minutes=10)
    states = set(Issue.objects.filter(source="schedule").values_list("state", flat=True))
    assert "closed" in states


@pytest.mark.parametrize("source", [word.key for word in SOURCES])
def test_every_source_is_on_the_screen_of_both_homes(report: Report, source):
    for prefix in ("", "xf_"):
        reader = User.objects.get(username=f"{prefix}street_dispatcher")
        assert Issue.objects.visible_to(reader, timezone.now()).filter(source=source).exists()


def test_its_checks_demand_every_source(report: Report, monkeypatch):
    monkeypatch.setattr("demo.seed.checks.SOURCES", (*SOURCES, Word("telepathy", "")))
    homes = [("", home_of(KUANCHENG, Bodies({"city": Body.objects.get(code="220103-city")}, {})))]
    faults = checks.check(timezone.now(), homes).faults
    assert "no source is telepathy" in faults
    assert [fault for fault in faults if fault.startswith("no source in")]


def test_no_step_is_older_than_the_one_before(report: Report):
    for _issue, *moments in _histories():
        assert moments == sorted(moments)


def test_wishes_stand_at_everything_that_can_become_of_them(report: Report):
    wishes = Wish.objects.prefetch_related("said", "claims")
    states = {"proposed", "open", "claimed", "fulfilled", "confirmed", "refused"}
    assert {one.state for one in wishes} == states
    # Open again, because the time of the claim was over.
    assert [one.state for one in wishes if any(claim.outcome == "overdue" for claim in one.claims.all())] == [
        "open"
    ]
    for one in wishes:
        assert one.alias.startswith("演示·") and phrases()["mark"] in one.text and one.wisher is None
        assert all(words.text.startswith("演示：") for words in one.said.all())
        rows = Event.objects.about("wish", one.pk).order_by("seq")
        moments = list(rows.values_list("occurred_at", flat=True))
        assert moments == sorted(moments) and moments[-1] <= timezone.now()
    assert not Wisher.objects.exists()


def _histories():
    rows = Event.objects.filter(subject_type="issue").order_by("subject_id", "seq")
    of_issue: dict[int, list] = {}
    for subject, recorded in rows.values_list("subject_id", "recorded_at"):
        of_issue.setdefault(subject, [subject]).append(recorded)
    return of_issue.values()


@pytest.mark.parametrize("key", ORDERS)
def test_orders_are_classified_as_their_matter(db, key):
    load_categories(packaged_rows(), by=None, now=datetime(2026, 3, 10, tzinfo=UTC))
    names = dict(Category.objects.in_use().values_list("name", "key"))
    assert topic_of(ORDERS[key], names, {}).key == matters()[key].category


def test_every_story_has_matters_and_sources(db):
    load_categories(packaged_rows(), by=None, now=datetime(2026, 3, 10, tzinfo=UTC))
    sorts = sorts_of({row.key: row for row in Category.objects.all()})
    assert {script.of for script in scripts.SCRIPTS.values()} == set(sorts)
    assert all(sorts.values())


def test_many_stories_tell_every_script_early(db):
    load_categories(packaged_rows(), by=None, now=datetime(2026, 3, 10, tzinfo=UTC))
    categories = {row.key: row for row in Category.objects.all()}
    district = Unit(code="220103", kind="district", pk=1, line="urban")
    place = Unit(code="220103006001001", kind="grid", pk=2, line="urban", street_id=3, community_id=4)
    place.grid = place.district = None
    start, end = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    cues = plan_stories(146, [place], district, categories, start=start, end=end, seed="1")
    early = {cue.script for cue in cues if cue.at < start + (end - start) * 0.6}
    assert early == set(scripts.SCRIPTS)
    again = plan_stories(146, [place], district, categories, start=start, end=end, seed="1")
    assert again == cues


def test_street_rules_name_known_categories():
    keys = {row["key"] for row in packaged_rows()}
    rules = [*policies.STREET_RULES, policies.HOME_RULES]
    assert {key for rule in rules for key in rule} <= keys


def test_a_refused_step_ends_its_story_and_is_said():
    from trail.refusals import Refused

    def story(moment):
        yield moment
        raise Refused("not now", code="wrong_state")

    at = datetime(2026, 3, 10, tzinfo=UTC)
    scheduler = Scheduler(at, lambda moment: None)
    scheduler.add("sample", story(at))
    scheduler.run()
    assert len(scheduler.refused) == 1 and "wrong_state" in scheduler.refused[0]
