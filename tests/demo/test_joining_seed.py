"""What the demo says of dual check-in and pairing, in the town of tests/builders.py: the whole demo takes a minute."""

from django.db.models import Count
from django.utils import timezone

from demo.seed.joining import seed_joining
from demo.seed.people import Home
from grids.actions.tree import add_unit
from tests.builders import LONG_AGO
from tests.towns import put_town
from tests.volunteers.wishes_builders import volunteer
from volunteers.joining import DUTIES
from volunteers.models import CheckIn, Offer, Organisation, Pairing
from volunteers.pairing_querysets import gaps


def test_two_organisations_three_members_one_gap_and_one_overlap(db) -> None:
    town = put_town()
    for number in (3, 4):
        code = f"220103001001{number:05}"
        add_unit(town.grid, code=code, name=f"{number}号楼", by=None, now=LONG_AGO)
    for name in ("one", "two", "three", "four"):
        volunteer(town, name, account=False)
    home = Home(town.district, town.street, town.community, town.grid, town.building, town.department)
    seed_joining(home, town.people["community_secretary"], now=town.now)
    today = timezone.localdate(town.now)
    current = CheckIn.objects.current().filter(community=town.community)
    assert (current.organisations().count(), current.members().count()) == (2, 3)
    assert {one.organisation is None for one in current.members()} == {True, False}
    assert {offer.checkin.side for offer in Offer.objects.standing(today)} == {"organisation", "member"}
    assert all("演示" in words for words in Offer.objects.values_list("words", flat=True))
    assert [gap.name for gap in gaps(town.community, 4, today)] == ["4号楼"]
    assert {one.place for one in Pairing.objects.overlapping(today)} == {town.building}
    done = Pairing.objects.annotate(done=Count("duties")).values_list("done", flat=True)
    assert {0, 2, len(DUTIES)} == set(done)
    officer, secretary = town.people["body_officer"], town.people["community_secretary"]
    assert Organisation.objects.spoken_for_by(officer, town.now).count() == 1
    assert (
        Pairing.objects.own(officer, town.now).exists() and Pairing.objects.own(secretary, town.now).exists()
    )
