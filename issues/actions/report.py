"""An issue comes in: by a resident, by somebody on duty, or on somebody's behalf."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Body, Unit
from grids.standing import standing_of
from issues.actions.intake import Contact, Intake, cleaned, opened, write_intakes
from issues.actions.naming import Subject, above_them, subject_of
from issues.actions.photos import Photo
from issues.actions.places import held_line
from issues.districts import rules_of
from issues.kinds import BROUGHT, KINDS, SOURCES
from issues.models import Category, Issue
from issues.policies import DistrictRules
from issues.questions import WrongAnswers, clean_answers, raises_danger
from issues.routing import Line, columns_of, label_of, route_by_rule, route_complaint
from trail.refusals import NotAllowed, Refused
from trail.rows import fresh

if TYPE_CHECKING:
    from accounts.models import User

SHORTEST_TEXT = 2
LONGEST_TEXT = 2000

# Reported by somebody who is there.
PHOTO_SOURCES = frozenset({"resident", "patrol", "spotter"})


class BadAnswers(Refused):
    """Answers that do not fit the category's questions; `errors` says per question why."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(
            _("Some questions of this category are not answered as asked: %(keys)s.")
            % {"keys": ", ".join(sorted(errors))},
            code="answers",
        )
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody says has happened at `place`.

    `occurred_at`: when it was said or seen, if earlier (a visit typed later, offline); the clocks run from now, since
    nobody here could have answered before. `answers` to the category's questions: None where nobody could be asked.
    `deadline` is the hotline's own: it is the promised date. `about` makes it a complaint about those in charge,
    `about_person` about one of them: it goes to the level above them, and they never see it; some categories ask for
    it (issues.actions.naming). `longest`: so many characters it may have; a face whose own rules allow more says so.
    """

    place: Unit
    category: Category
    text: str
    source: str = "resident"
    kind: str = ""
    spot: str = ""
    contact: Contact | None = None
    on_behalf: bool = False
    occurred_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    photos: Iterable[Photo] = ()
    answers: Mapping[str, Any] | None = None
    deadline: datetime | None = None
    about: Unit | Body | None = None
    about_person: "User | None" = None
    longest: int = LONGEST_TEXT


@transaction.atomic
def report_issue(*, by: "User | None", now: datetime, **report: Any) -> Issue:
    """Take in an issue (the fields of `Report`) and give it an owner and a deadline at once.

    `by=None` is a resident without sign-in. Raises NotAllowed without the right to report, BadAnswers, Refused for
    other bad input.
    """
    check_reporter(by, now)
    told = Report(**report)
    one = plan_intake(told, held_line(told.place), by=by, now=now)
    write_intakes([one], by=by, now=now)
    return one.issue


def plan_intake(
    report: Report,
    line: Line,
    *,
    by: "User | None",
    now: datetime,
    above: Callable[[Subject, datetime], Unit] = above_them,
    bodies: Mapping[str, Body] | None = None,
) -> Intake:
    """What the rules make of it, not written yet. `line` is held (issues.actions.places).

    `above` and `bodies` (the open ones of the district by code): from whoever has asked for them already. Raises
    Refused as `report_issue`.
    """
    check_text(report.text, report.longest)
    place, category = line[report.place.kind], report.category
    rules, photos = rules_of(place.district_id, now), tuple(report.photos)
    check_category(category, rules, place.street_id)
    check_kind(report.kind, report.source)
    answers, danger = _answers(category, report.answers, rules)
    if not danger:
        _check_photos(category, rules, place.street_id, report.source, photos)
    subject = subject_of(category, line, report.about, report.about_person, report.source, now)
    if subject is None:
        route = route_by_rule(line, category, rules, timezone.localdate(now), bodies, danger=danger)
    else:
        route = route_complaint(above(subject, now), named=not subject.guessed)
    issue = fresh(
        Issue,
        source=report.source,
        kind="complaint" if subject else report.kind or category.kind,
        category=category,
        text=report.text.strip(),
        spot=report.spot.strip(),
        is_danger=danger and not subject,
        place_code=place.code,
        place_label=label_of(line),
        lon=report.lon,
        lat=report.lat,
        registered_by=by,
        on_behalf=report.on_behalf or report.source in BROUGHT,
        reported_at=min(report.occurred_at or now, now),
        received_at=now,
        promised_at=report.deadline,
        assigned_at=now,
        answers=answers,
        **(subject.columns() if subject else {}),
        **columns_of("owner", route.target),
        **place.lineage(),
    )
    return Intake(issue, opened(issue, route, now), route, cleaned(report.contact), photos)


def check_reporter(by: "User | None", now: datetime) -> None:
    """Raises NotAllowed without the right to report; a resident without sign-in has it."""
    if by is not None and not standing_of(by, now).can("report"):
        raise NotAllowed(_("Your post does not include reporting."), code="not_yours")


def check_text(text: str, longest: int) -> None:
    """Raises Refused for what describes nothing, or too much."""
    if not SHORTEST_TEXT <= len(text.strip()) <= longest:
        bounds = {"least": SHORTEST_TEXT, "most": longest}
        raise Refused(
            _("Describe the matter in %(least)d to %(most)d characters.") % bounds, code="text_length"
        )


def _answers(
    category: Category, given: Mapping[str, Any] | None, rules: DistrictRules
) -> tuple[dict[str, Any], bool]:
    """(the answers as they are kept, is it a danger): by its category, or by what somebody answered."""
    if given is None:
        return {}, category.is_danger
    try:
        kept = clean_answers(rules.questions_for(category.key, category.asked), given)
    except WrongAnswers as wrong:
        raise BadAnswers(wrong.errors) from wrong
    return kept, is_told_danger(category, kept, rules)


def is_told_danger(category: Category, answers: Mapping[str, Any], rules: DistrictRules) -> bool:
    """Is what is reported with these answers a danger: by its category, or because one of them says so?"""
    return category.is_danger or raises_danger(rules.questions_for(category.key, category.asked), answers)


def _check_photos(
    category: Category, rules: DistrictRules, street: int | None, source: str, photos: tuple[Photo, ...]
) -> None:
    """Whoever stands there can be asked for a photo. Never asked in danger, which waits for none."""
    needed = source in PHOTO_SOURCES and not photos
    if needed and rules.photo_for(category.key, street) == "required":
        raise Refused(_("Please add a photo: this kind of matter needs one."), code="photo_needed")


def check_category(category: Category, rules: DistrictRules, street: int | None) -> None:
    """Raises Refused for one that is no longer in use, in this district or street or at all."""
    if not category.is_active or not rules.offers(category.key, category.district_id, street):
        raise Refused(_("This category is no longer in use; choose another."), code="inactive_category")


def is_dangerous(category: Category, issue: Issue) -> bool:
    """A complaint about somebody calls nobody at once: those called might be the ones it is about."""
    return category.is_danger and not issue.is_about_somebody


def check_kind(kind: str, source: str = "resident") -> None:
    """Raises Refused for a kind or source that the tables do not have; an empty kind is the category's."""
    if kind and kind not in {word.key for word in KINDS}:
        raise Refused(_("There is no such kind of issue."), code="kind")
    if source not in {word.key for word in SOURCES}:
        raise Refused(_("There is no such source."), code="source")
