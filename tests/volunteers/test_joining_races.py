"""Two at the same moment, with real transactions: whoever leaves is checked in nowhere, and nothing ends twice."""

from functools import partial

import pytest

from tests.builders import Town
from tests.parallel import at_once, meet
from tests.towns import put_town
from tests.volunteers.hours_builders import verbs
from tests.volunteers.wishes_builders import organisation, volunteer
from trail.refusals import Refused
from volunteers.actions.joining import check_in_member, check_out, close_organisation
from volunteers.actions.pairings import pair_place
from volunteers.actions.people import leave
from volunteers.models import CheckIn, Pairing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Town:
    return put_town()


def test_whoever_is_leaving_checks_in_no_more(town: Town) -> None:
    who = volunteer(town)
    checks_in = partial(check_in_member, unit=town.community, volunteer=who, by=who.user, now=town.now)
    met = meet(partial(leave, who, by=who.user, now=town.now), checks_in)
    assert met.waited and isinstance(met.second, Refused) and met.second.code == "who"
    assert not CheckIn.objects.exists()


def test_who_has_just_checked_in_leaves_that_too(town: Town) -> None:
    who = volunteer(town)
    checks_in = partial(check_in_member, unit=town.community, user=who.user, by=who.user, now=town.now)
    met = meet(checks_in, partial(leave, who, by=who.user, now=town.now))
    assert met.waited and isinstance(met.first, CheckIn)
    assert verbs("checkin", met.first.pk) == ["check_in", "check_out"]
    assert not CheckIn.objects.current().exists()


def test_one_person_twice_at_once_is_checked_in_once(town: Town) -> None:
    user = town.person("cadre")
    calls = [partial(check_in_member, unit=town.community, user=user, by=user, now=town.now)] * 6
    results = at_once(calls)
    assert [one.code for one in results if isinstance(one, Refused)] == ["again"] * 5
    assert CheckIn.objects.current().count() == 1


def test_an_organisation_that_closes_while_it_checks_out_is_checked_out_once(town: Town) -> None:
    speaker, worker = town.person("speaker"), town.people["community_worker"]
    firm = organisation(town, speaker=speaker)
    checkin = CheckIn.objects.get(organisation=firm)
    met = meet(
        partial(check_out, checkin, by=speaker, now=town.now),
        partial(close_organisation, firm, by=worker, now=town.now),
    )
    assert met.waited and not [one for one in (met.first, met.second) if isinstance(one, Exception)]
    assert verbs("checkin", checkin.pk) == ["check_in", "check_out"]


def test_what_is_closing_is_paired_with_nothing_any_more(town: Town) -> None:
    worker = town.people["community_worker"]
    firm, by = organisation(town), {"by": worker, "now": town.now}
    pairs = partial(pair_place, town.grid, level=2, organisation=firm, **by)
    met = meet(partial(close_organisation, firm, **by), pairs)
    assert met.waited and isinstance(met.second, Refused) and met.second.code == "closed"
    assert not Pairing.objects.exists()


def test_what_was_paired_at_that_moment_ends_with_it(town: Town) -> None:
    worker = town.people["community_worker"]
    firm, by = organisation(town), {"by": worker, "now": town.now}
    pairs = partial(pair_place, town.grid, level=2, organisation=firm, **by)
    met = meet(pairs, partial(close_organisation, firm, **by))
    assert met.waited and isinstance(met.first, Pairing)
    assert verbs("pairing", met.first.pk) == ["pair", "end"]
