"""What somebody says of themselves, as the columns of a volunteer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from trail.refusals import Refused
from volunteers import minors
from volunteers.contacts import LONGEST_PERSON
from volunteers.models import Volunteer
from volunteers.words import AVAILABILITY, LANGUAGES, SKILLS, Word, keys

LONGEST_ALIAS = 20
# What a Person says of a guardian, and for how long.
GUARDIAN = frozenset({"of_age_on", "guardian_name", "guardian_phone", "guardian_consents"})
LISTS: Mapping[str, tuple[Word, ...]] = {
    "skills": SKILLS,
    "languages": LANGUAGES,
    "availability": AVAILABILITY,
}


@dataclass(frozen=True)
class Person:
    """A volunteer in their own words; the lists hold keys of volunteers.words.

    `of_age_on`: of somebody under fourteen the day that ends it; then a guardian consents (`guardian_consents`), with
    name and number.
    """

    name: str
    phone: str = ""
    alias: str = ""
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    of_age_on: date | None = None
    guardian_name: str = ""
    guardian_phone: str = ""
    guardian_consents: bool = False


def columns_of_person(person: Person, now: datetime) -> dict[str, Any]:
    """Every column that says who it is. Raises as `cleaned` and `guarded` do."""
    facts = {name: value for name, value in asdict(person).items() if name in CLEAN}
    return cleaned(facts) | guarded(
        person.of_age_on, person.guardian_name, person.guardian_phone, person.guardian_consents, now
    )


def cleaned(facts: Mapping[str, Any]) -> dict[str, Any]:
    """These facts as columns. Raises Refused with the fact's name as code; KeyError for one that does not exist."""
    columns = {name: CLEAN[name](value) for name, value in facts.items()}
    if "phone" in columns:
        columns["phone_hash"] = keyed_hash(columns["phone"], purpose="phone")
    return columns


def guarded(of_age_on: date | None, name: str, phone: str, consents: bool, now: datetime) -> dict[str, Any]:
    """The columns of a guardian's consent; for whoever is fourteen already they are empty.

    Raises Refused ("of_age_on": no such day; "guardian": name, number or consent is missing; "guardian_phone").
    """
    today = timezone.localdate(now)
    if of_age_on and not minors.possible(of_age_on, today):
        raise Refused(_("Nobody who is born becomes fourteen on that day."), code="of_age_on")
    if not minors.is_minor(of_age_on, today):
        return dict(NO_GUARDIAN)
    if not (name.strip() and phone.strip() and consents):
        reason = _("Under fourteen a guardian agrees, with name and telephone number.")
        raise Refused(reason, code="guardian")
    try:
        number = clean_phone(phone)
    except Refused as refused:
        raise Refused(str(refused), code="guardian_phone") from refused
    return {
        "of_age_on": of_age_on,
        "guardian_name": name.strip()[:LONGEST_PERSON],
        "guardian_phone": number,
        "guardian_consented_at": now,
    }


NO_GUARDIAN: Mapping[str, Any] = {
    "of_age_on": None,
    "guardian_name": "",
    "guardian_phone": "",
    "guardian_consented_at": None,
}


def is_guardian(volunteer: Volunteer, name: str, phone: str) -> bool:
    """Is this the guardian who is kept already? A number is the same however it is written."""
    try:
        number = clean_phone(phone)
    except Refused:
        return False
    return (name.strip()[:LONGEST_PERSON], number) == (volunteer.guardian_name, volunteer.guardian_phone)


def _name(text: str) -> str:
    text = text.strip()
    if not 2 <= len(text) <= LONGEST_PERSON:
        raise Refused(_("A name of 2 to 40 characters."), code="name")
    return text


def _alias(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_ALIAS:
        raise Refused(_("An alias of at most 20 characters."), code="alias")
    return text


def _listed(name: str) -> Callable[[Iterable[str]], list[str]]:
    known = keys(LISTS[name])

    def clean(chosen: Iterable[str]) -> list[str]:
        wanted = set(chosen)
        if wanted - known:
            raise Refused(_("Choose among what is offered."), code=name)
        return [word.key for word in LISTS[name] if word.key in wanted]

    return clean


CLEAN: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "phone": clean_phone,
    "alias": _alias,
} | {name: _listed(name) for name in LISTS}
