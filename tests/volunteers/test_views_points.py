"""The pages of points: what one has, sentence by sentence, how points are earned; the ranking of communities and teams."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from grids.actions.policies import set_policy
from notices.models import Notice
from tests.builders import Town
from tests.faces import press, signed_in, stop_clock, visitor
from tests.volunteers import hours_builders, people_builders
from tests.volunteers.points_builders import (
    corrected,
    days,
    earn,
    fulfilled,
    good,
    heard,
    served,
    volunteer,
    volunteers,
)
from tests.volunteers.test_views_activities import cost, main_of, text
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.points import book_event, choose_ranking, expire_points, reverse_booking
from volunteers.actions.redeem import collect_good, release_redemption, reserve_good
from volunteers.actions.teams import join_team
from volunteers.ledger import BOOKINGS, next_expiry
from volunteers.models import Membership, PointAccount, PointTransfer, Volunteer
from volunteers.passbook import DEEDS, SENTENCES, deed, sentence
from volunteers.tariff import HOURS, RULES

pytestmark = pytest.mark.django_db
START = "/volunteers/"
POINTS = f"{START}mine/points/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def who(town: Town) -> Volunteer:
    return volunteer(town)


def ranking(town: Town, place: str = "community", more: str = "") -> str:
    return f"{START}at/{getattr(town, place).code}/ranking/{more}"


def words_of(answer) -> list[tuple[int, str]]:
    """(amount, sentence) of the lines on the page, newest first."""
    return [(line.entry.amount if line.entry else 0, line.words) for line in answer.context["lines"]]


class TestWords:
    def test_every_booking_of_a_person_and_every_deed_has_words(self) -> None:
        assert set(SENTENCES) == {key for key, row in BOOKINGS.items() if not row.of_system}
        assert set(DEEDS) == set(RULES)
        for kind in SENTENCES:
            for rule in DEEDS:
                assert "%" not in sentence(kind, deed(rule, "演示"))
        with translation.override("en"):
            assert deed(HOURS, "") == "hours of service (no longer known)"


class TestWhatExpiresNext:
    JUNE, JULY, AUGUST = (datetime(2026, month, 1, tzinfo=UTC).date() for month in (6, 7, 8))

    @pytest.mark.parametrize(
        ("balance", "lots", "expected"),
        [
            (30, {JUNE: 30}, (JUNE, 30)),
            # What was spent was the oldest.
            (20, {JUNE: 30}, (JUNE, 20)),
            (20, {JUNE: 30, JULY: 20}, (JULY, 20)),
            (25, {JULY: 20, JUNE: 30}, (JUNE, 5)),
            (10, {JUNE: 30, JULY: 20, AUGUST: 5}, (JULY, 5)),
            # Points that never expire, and nothing at all.
            (30, {None: 30}, None),
            (30, {None: 25, JUNE: 5}, (JUNE, 5)),
            (10, {None: 25, JUNE: 5}, None),
            (0, {JUNE: 30}, None),
            (0, {}, None),
        ],
    )
    def test_is_the_first_day_on_which_anything_is_lost(self, balance: int, lots, expected) -> None:
        assert next_expiry(balance, lots) == expected

    def test_as_the_expiry_itself_books_it(self, town: Town, who: Volunteer) -> None:
        """What the page foretells is what is lost on that day, and nothing is lost before."""
        set_policy(
            town.district,
            "volunteer_points",
            {"all": {"months": 1}},
            by=None,
            now=town.now - days(20),
            reason="演示",
        )
        for day, points in ((0, 40), (10, 20)):
            earn(who, points, at=town.now + days(day))
        reserve_good(good(town, price=15), volunteer=who, by=who.user, now=town.now + days(11))
        page = signed_in(town, "helper").get(POINTS)
        day, points = page.context["expires"]
        assert points == 25 and f"25 points expire on {day:%B} {day.day}, {day.year}." in text(page)
        moment = timezone.make_aware(datetime.combine(day, datetime.min.time()))
        expire_points(now=moment - timedelta(seconds=1))
        assert PointAccount.objects.get(volunteer=who).balance == 45
        expire_points(now=moment)
        assert PointAccount.objects.get(volunteer=who).balance == 20


class TestMyPoints:
    def test_nothing_yet_says_how_they_are_earned(self, town: Town, who: Volunteer) -> None:
        content = main_of(signed_in(town, "helper").get(POINTS))
        assert "0 points" in content and "Nothing yet." in content
        for said in (
            "Each confirmed hour",
            "10 points",
            "at most 80 in a day",
            "All together at most 200 points in a day.",
            "Points expire after 24 months",
        ):
            assert said in content, said

    def test_the_districts_own_tariff(self, town: Town, who: Volunteer) -> None:
        value = {
            "hours": {"points": 7, "per_day": 0},
            "wish": {"points": 0},
            "all": {"months": 0, "per_day": 0},
        }
        set_policy(town.district, "volunteer_points", value, by=None, now=town.now, reason="演示")
        content = main_of(signed_in(town, "helper").get(POINTS))
        assert "7 points" in content and "Points never expire." in content
        assert (
            "All together" not in content and "Each micro-wish" not in content and "10 points" not in content
        )

    def test_every_line_is_a_sentence_newest_first(self, town: Town, who: Volunteer) -> None:
        given = {"on": timezone.localdate(town.now), "what": "演示:值守", "unit": town.community}
        one = propose_service(who, minutes=60, by=who.user, now=town.now, **given)
        confirm_service(one, by=town.people["community_secretary"], now=town.now)
        heard(town.now)
        wish = fulfilled(who, at=town.now)
        book_event(wish, now=town.now)
        towel = good(town, price=20)
        for verb in ("collect", "release"):
            put = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
            if verb == "release":
                release_redemption(put, by=who.user, now=town.now)
            else:
                worker = town.people["community_worker"]
                collect_good(put.station, code=put.code, by=worker, now=town.now)
            earn(who, 20, at=town.now)
        page = signed_in(town, "helper").get(POINTS)
        amounts = [amount for amount, _words in words_of(page)]
        assert amounts == [20, 20, -20, 20, -20, 20, 10]
        said = [words for _amount, words in words_of(page)]
        assert said[-1] == "Earned: hours of service (演示:值守 · March 10, 2026)"
        assert said[-2] == "Earned: a micro-wish that you fulfilled"
        assert said[1:3] == ["Given back, since it was not collected: 演示毛巾", "Put aside: 演示毛巾"]
        assert "+20" in text(page) and "−20" in text(page)

    def test_what_brought_nothing_says_why(self, town: Town, who: Volunteer) -> None:
        book_event(served(who, 3, at=town.now), now=town.now)
        page = signed_in(town, "helper").get(POINTS)
        assert words_of(page)[0][0] == 0 and "It was too short" in text(page)

    def test_what_could_not_be_taken_back_is_still_to_be_settled(self, town: Town, who: Volunteer) -> None:
        event = earn(who, 40, at=town.now)
        reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now)
        book_event(corrected(event, 60, at=town.now), now=town.now)
        content = main_of(signed_in(town, "helper").get(POINTS))
        assert "20 points are still to be settled" in content and "20 more to be settled later" in content

    def test_an_activity_is_named(self, town: Town) -> None:
        who = hours_builders.some_volunteer(town, "one")
        (one,) = hours_builders.handed_in(town, who)
        confirm_service(one, by=town.people["community_secretary"], now=hours_builders.after(town))
        heard(hours_builders.after(town))
        said = [words for _amount, words in words_of(signed_in(town, "one").get(POINTS))]
        assert "Earned: taking part (演示:清雪)" in said
        assert any(words.startswith("Earned: hours of service (演示:清雪") for words in said)

    def test_of_nobody_else(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        volunteer(town, "other")
        assert visitor().get(POINTS).url.startswith("/accounts/login/")
        assert signed_in(town, "community_secretary").get(POINTS).status_code == 404
        content = main_of(signed_in(town, "other").get(POINTS))
        assert "0 points" in content and "40 points" not in content

    def test_as_cheap_with_many(self, town: Town) -> None:
        who, client = hours_builders.some_volunteer(town, "one"), signed_in(town, "one")
        given = {"on": timezone.localdate(town.now), "what": "演示:值守", "unit": town.community}

        def one_more() -> None:
            service = propose_service(who, minutes=6, by=who.user, now=town.now, **given)
            confirm_service(service, by=town.people["community_worker"], now=town.now)
            heard(town.now)
            book_event(fulfilled(who, at=town.now), now=town.now)
            reserve_good(towel, volunteer=who, by=who.user, now=town.now)

        towel = good(town, price=1, stock=100)
        one_more()
        few = cost(client, POINTS)
        for _number in range(9):
            one_more()
        assert cost(client, POINTS) == few
        assert len(client.get(POINTS).context["lines"]) == 20
        assert len(client.get(f"{POINTS}?page=2").context["lines"]) == 10

    def test_found_from_ones_own_page(self, town: Town, who: Volunteer) -> None:
        content = text(signed_in(town, "helper").get(f"{START}mine/"))
        assert POINTS in content and f'{START}mine/goods/" data-keep=""' in content

    def test_a_notice_leads_here(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        earned = PointTransfer.objects.get(kind="earn")
        reverse_booking(earned, by=town.people["community_worker"], now=town.now, why="mistake")
        heard(town.now)
        assert Notice.objects.get(recipient=who.user, key="points.reverse").link == POINTS
        assert "Taken back:" in text(signed_in(town, "helper").get(POINTS))


class TestChoosingToBeShown:
    def test_only_by_oneself_and_only_under_an_alias(self, town: Town, who: Volunteer) -> None:
        client = signed_in(town, "helper")
        page = client.get(POINTS)
        assert f'action="{POINTS}show/"' not in text(page) and "choose an alias first" in text(page)
        # Sent all the same, it is refused in words.
        assert client.post(f"{POINTS}show/").url == POINTS
        assert "Choose an alias first" in text(client.get(POINTS))
        assert not PointAccount.objects.filter(shows_alias=True).exists()
        Volunteer.objects.filter(pk=who.pk).update(alias="演示小志")
        assert press(client, f"{POINTS}show/", client.get(POINTS)).url == POINTS
        assert PointAccount.objects.get(volunteer=who).shows_alias
        page = client.get(POINTS)
        assert "as 演示小志" in text(page)
        press(client, f"{POINTS}hide/", page)
        assert not PointAccount.objects.get(volunteer=who).shows_alias

    def test_nothing_else_is_chosen_there(self, town: Town, who: Volunteer) -> None:
        client = signed_in(town, "helper")
        assert client.post(f"{POINTS}burn/").status_code == 404
        assert client.get(f"{POINTS}show/").status_code == 405
        assert signed_in(town, "grid_worker").post(f"{POINTS}show/").status_code == 404


class TestRanking:
    def test_of_communities_and_teams_from_three_people_on(self, town: Town) -> None:
        near = volunteers(town, 3, "near")
        far = volunteers(town, 3, "far_away", town.far_grid)
        for one in (*near, *far):
            earn(one, 20 if one in far else 30, at=town.now)
        team = people_builders.team(town)
        for one in near:
            join_team(team, one, by=town.people["community_worker"], now=town.now)
        page = visitor().get(ranking(town))
        assert [(unit.pk, row.points) for unit, row in page.context["ranking"].communities] == [
            (town.community.pk, 90),
            (town.far_community.pk, 60),
        ]
        assert [(one.pk, row.people) for one, row in page.context["ranking"].teams] == [(team.pk, 3)]
        assert f"{START}teams/{team.pk}/" in text(page)
        content = main_of(page)
        assert town.far_community.name in content and "near" not in content
        # One fewer, and nothing is said of them.
        earned = PointTransfer.objects.get(account__volunteer=near[0], kind="earn")
        Volunteer.objects.filter(pk=near[0].pk).update(
            home=town.other_community, community=town.other_community, grid=None
        )
        assert earned.district_id == town.district.pk
        left = visitor().get(ranking(town)).context["ranking"].communities
        assert [unit.pk for unit, _row in left] == [town.far_community.pk]

    @pytest.mark.parametrize(
        ("period", "ago", "found"),
        [
            ("", 0, True),
            ("month", 0, True),
            ("month", 9, True),
            ("month", 10, False),
            ("last_month", 10, True),
            ("last_month", 9, False),
            ("last_month", 37, True),
            ("last_month", 38, False),
            ("year", 68, True),
            ("year", 69, False),
            ("nonsense", 0, True),
        ],
    )
    def test_by_the_days_on_which_it_was_done(self, town: Town, period: str, ago: int, found: bool) -> None:
        """The town's now is 10 March."""
        for one in volunteers(town, 3):
            earn(one, 30, at=town.now - days(ago))
        page = visitor().get(ranking(town, more=f"?period={period}"))
        assert bool(page.context["ranking"].communities) == found

    def test_aliases_only_by_choice_and_only_for_volunteers_of_the_district(self, town: Town) -> None:
        shy, proud = volunteer(town, "shy", alias="演示不愿"), volunteer(town, "proud", alias="演示愿意")
        for one in (shy, proud):
            earn(one, 30, at=town.now)
        choose_ranking(proud, shown=True, by=proud.user, now=town.now)
        page = signed_in(town, "shy").get(ranking(town))
        assert page.context["ranking"].people == [("演示愿意", 30)] and "演示不愿" not in main_of(page)
        for client in (visitor(), signed_in(town, "community_secretary")):
            content = main_of(client.get(ranking(town)))
            assert "演示愿意" not in content and "30 points" not in content

    def test_only_of_an_open_community(self, town: Town) -> None:
        assert visitor().get(ranking(town, "street")).status_code == 404
        assert visitor().get(f"{START}at/999/ranking/").status_code == 404

    def test_as_cheap_with_many(self, town: Town) -> None:
        """Of every sort one query, whoever and however many they are."""

        def three_more(number: int, place) -> None:
            team = people_builders.team(town, name=f"演示队{number}")
            for one in volunteers(town, 3, f"n{number}_", place):
                earn(one, 30, at=town.now)
                Membership.objects.create(team=team, volunteer=one, joined_at=town.now)

        three_more(0, town.grid)
        few = cost(visitor(), ranking(town))
        for number, place in enumerate((town.grid, town.other_community, town.far_grid), 1):
            three_more(number, place)
        page = visitor().get(ranking(town))
        assert len(page.context["ranking"].communities) == 3 and len(page.context["ranking"].teams) == 4
        assert cost(visitor(), ranking(town)) == few
