"""Who hears of offers and pairings, and where the notice leads."""

import pytest
from django.utils import timezone

from accounts.actions import close_account, reopen_account
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.test_pairings import paired
from tests.volunteers.wishes_builders import organisation
from trail.refusals import Refused
from volunteers.actions.joining import check_in_member, offer_resource
from volunteers.actions.pairings import end_pairing
from volunteers.pairing_querysets import gaps


def told(town: Town, key: str) -> dict[str, str]:
    """Sign-in name → where the notice leads, of those who were told in these words."""
    while fan_out_once(now=town.now):
        pass
    rows = Notice.objects.filter(key=key)
    return dict(rows.order_by().values_list("recipient__username", "link"))


def test_the_community_hears_what_is_offered(town, monkeypatch) -> None:
    cadre = town.person("cadre")
    one = check_in_member(unit=town.community, user=cadre, by=cadre, now=town.now)
    offer_resource(one, kind="skill", words="演示:量血压", by=cadre, now=town.now)
    found = told(town, "volunteers.offer")
    assert found == dict.fromkeys(
        ("community_secretary", "community_worker"), f"/volunteers/check-ins/{one.pk}/"
    )
    assert "量血压" not in str(list(Notice.objects.values_list("params", flat=True)))
    stop_clock(monkeypatch, town.now)
    link = found["community_worker"]
    assert "演示:量血压" in signed_in(town, "community_worker").get(link).content.decode()


def test_whoever_writes_an_offer_down_is_not_told(town) -> None:
    worker = town.people["community_worker"]
    one = check_in_member(unit=town.community, user=town.person("cadre"), by=worker, now=town.now)
    offer_resource(one, kind="skill", words="演示:量血压", by=worker, now=town.now)
    assert set(told(town, "volunteers.offer")) == {"community_secretary"}


def test_the_official_hears_that_they_answer_and_do_no_longer(town, monkeypatch) -> None:
    one = paired(town)
    link = f"/volunteers/pairings/{one.pk}/"
    assert told(town, "volunteers.pairing_pair") == {"cadre": link}
    notice = Notice.objects.get(key="volunteers.pairing_pair", recipient__username="cadre")
    assert notice.params == {"place": "1号楼", "level": 3}
    end_pairing(one, by=town.people["community_worker"], now=town.now)
    assert told(town, "volunteers.pairing_end") == {"cadre": link}
    stop_clock(monkeypatch, town.now)
    assert signed_in(town, "cadre").get(link).status_code == 200


def test_an_official_whose_account_is_closed_answers_for_nothing(town, monkeypatch) -> None:
    """The place is a gap again, and those who run volunteering there hear of it; opened again, nothing comes back."""
    one, other = paired(town), paired(town, organisation=organisation(town))
    today = timezone.localdate(town.now)
    assert town.building not in gaps(town.community, 3, today)
    end_pairing(other, by=town.people["community_worker"], now=town.now)
    cadre = town.people["cadre"]
    close_account(cadre, by=None, now=town.now)
    link = f"/volunteers/pairings/{one.pk}/"
    people = ("community_secretary", "community_worker")
    assert told(town, "volunteers.pairing_left") == dict.fromkeys(people, link)
    assert town.building in gaps(town.community, 3, today)
    assert not told(town, "volunteers.pairing_end")
    cadre.refresh_from_db()
    with pytest.raises(Refused) as refused:
        paired(town)
    assert refused.value.code == "official"
    stop_clock(monkeypatch, town.now)
    assert signed_in(town, "community_worker").get(link).status_code == 200


def test_one_whose_account_is_open_again_goes_on(town) -> None:
    one = paired(town)
    cadre = town.people["cadre"]
    close_account(cadre, by=None, now=town.now)
    reopen_account(cadre, password="演示-另一个-口令-7", by=None, now=town.now)
    assert not told(town, "volunteers.pairing_left")
    one.refresh_from_db()
    assert one.ends_on is None


def test_of_an_organisation_whoever_speaks_for_it(town) -> None:
    firm = organisation(town, speaker=town.person("speaker"), body=town.office)
    paired(town, organisation=firm)
    assert set(told(town, "volunteers.pairing_pair")) == {"speaker", "office_officer"}


def test_who_pairs_themselves_is_not_told(town) -> None:
    worker = town.people["community_worker"]
    paired(town, official=worker, by="community_worker")
    assert told(town, "volunteers.pairing_pair") == {}
