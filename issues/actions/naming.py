"""Whom a complaint may be about, and who deals with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from grids.addressing import addressees
from grids.lineage import key_of
from grids.models import Body, Post, Unit
from issues.actions.batch import party
from issues.kinds import BY_FILE
from issues.models import Category, Issue
from issues.routing import Line
from issues.subjects import them
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

COMPLAINED_ABOUT = frozenset({"grid", "community", "street"})


@dataclass(frozen=True)
class Subject:
    """Those at a unit or body, perhaps one person of them. `guessed`: nobody could be asked, so it is as far up
    as it can be, until somebody has named them."""

    party: Unit | Body
    person: "User | None" = None
    guessed: bool = False

    def columns(self) -> dict[str, Any]:
        """As an issue keeps it."""
        is_unit = isinstance(self.party, Unit)
        return {
            "about_unit": self.party if is_unit else None,
            "about_body": None if is_unit else self.party,
            "about_user": self.person,
        }


def subject_of(
    category: Category,
    line: Line,
    about: Unit | Body | None,
    person: "User | None",
    source: str,
    now: datetime,
) -> Subject | None:
    """Whom what is reported complains about; None for nobody.

    Raises Refused("about_needed") where the category is meant for complaints and nobody is named, and as
    `name_subject`.
    """
    if about or person:
        return name_subject(line, about, person, now)
    if not category.about_somebody:
        return None
    if source not in BY_FILE:
        raise needed()
    return Subject(line["street"], guessed=True) if "street" in line else None


def name_subject(line: Line, about: Unit | Body | None, person: "User | None", now: datetime) -> Subject:
    """Those in charge of the place: its grid, community or street, a body that serves it, or one person who has a
    post there; of somebody with several the highest place.

    Raises Refused("about") for anybody else, ("about_person") for somebody without a post there.
    """
    if about and not (is_in_charge(line, about) and about.is_open):
        raise Refused(_("Choose who is in charge of this place."), code="about")
    if person is None:
        assert about is not None, "somebody is named"
        return Subject(about)
    posts = Post.objects.active(now).filter(user=person).select_related("unit__parent", "body__unit")
    places = [post.place for post in posts if is_in_charge(line, post.place)]
    if about:
        places = [place for place in places if key_of(place) == key_of(about)]
    if not places:
        raise Refused(_("Choose somebody who has a post among those in charge here."), code="about_person")
    return Subject(min(places, key=lambda place: _above(place).level), person)


def is_in_charge(line: Line, party: Unit | Body) -> bool:
    """Of the place with this line."""
    if isinstance(party, Unit):
        return party.kind in COMPLAINED_ABOUT and party in line.values()
    street = line["street"].pk if "street" in line else None
    return party.district_id == line["district"].pk and party.street_id in {None, street}


def above_them(subject: Subject, now: datetime) -> Unit:
    """The level above; further up where nobody but those it is about stands there, at last the district."""
    is_unit = isinstance(subject.party, Unit)
    unit_id, body_id = (subject.party.pk, None) if is_unit else (None, subject.party.pk)
    hidden = them(unit_id, body_id, subject.person.pk if subject.person else None, now)
    unit = _above(subject.party)
    while unit.parent and {one.user_id for one in addressees(unit, "handle", now)} <= hidden:
        unit = unit.parent
    return unit


def named(issue: Issue) -> dict[str, Any]:
    """As events say it; nothing for what is about nobody."""
    if not issue.is_about_somebody:
        return {}
    person = {"person": issue.about_user_id} if issue.about_user_id else {}
    return {"about": party(issue.about_unit or issue.about_body)} | person


def check_named(category: Category, issue: Issue) -> None:
    """Raises Refused("about_needed") before something becomes a complaint about nobody in particular."""
    if category.about_somebody and not issue.is_about_somebody:
        raise needed(allowed=("mark_complaint",))


def needed(*, allowed: Iterable[str] = ()) -> Refused:
    """What is said to somebody who has not said whom it is about."""
    reason = _("Say whom the complaint is about: it goes to the level above, and they do not see it.")
    return Refused(reason, code="about_needed", allowed=tuple(allowed))


def _above(party: Unit | Body) -> Unit:
    above = party.parent if isinstance(party, Unit) else party.unit
    assert above is not None, "nobody stands above a district"
    return above
