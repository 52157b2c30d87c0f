"""Contact data goes when its time is over, and only then."""

from datetime import timedelta

from issues.actions import PERFORM
from issues.actions.erase import erase_contacts
from issues.actions.reveal import reveal_contact
from issues.contacts import KEPT_AFTER_END
from issues.models import Reporter
from tests.builders import CONTACT
from trail.models import Event


def ended(town):
    issue = town.report("other", contact=CONTACT)
    reveal_contact(issue, by=town.people["community_worker"], now=town.now, occasion="contact")
    PERFORM["reject"](issue, by=town.people["community_worker"], now=town.now, channel="法院", text="诉讼")
    return issue


def test_after_its_time_it_is_erased_and_the_trail_says_so(town):
    issue, over = ended(town), town.now + KEPT_AFTER_END + timedelta(seconds=1)
    assert erase_contacts(now=over) == 1
    row = Reporter.objects.get(issue=issue)
    assert (row.name, row.phone, row.phone_hash, row.last_four_hash) == ("", "", "", "")
    assert row.erased_at == over
    assert [(one.verb, one.seq) for one in Event.objects.about("contact", issue.pk)] == [
        ("reveal", 1),
        ("erase", 2),
    ]


def test_doing_it_again_changes_nothing(town):
    ended(town)
    over = town.now + KEPT_AFTER_END + timedelta(days=1)
    assert [erase_contacts(now=over), erase_contacts(now=over)] == [1, 0]


def test_not_a_day_earlier_and_never_of_what_is_open(town):
    ended(town)
    town.report(contact=CONTACT)
    assert erase_contacts(now=town.now + KEPT_AFTER_END) == 0
    assert erase_contacts(now=town.now + 9 * KEPT_AFTER_END) == 1
    assert Reporter.objects.filter(erased_at=None).count() == 1


def test_in_batches(town):
    for _number in range(3):
        ended(town)
    over = town.now + 2 * KEPT_AFTER_END
    assert [erase_contacts(now=over, limit=2) for _time in range(3)] == [2, 1, 0]
