"""All rules that hold in a district at one moment, as one frozen value: what is shipped, overlaid by its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from calendars.worktime import Span
from grids import powers
from grids.policies import PolicyKind, Value, span_of
from issues.decisions import BY_KEY as DECISION
from issues.hotline.columns import Columns
from issues.ladder import BY_KEY as RUNG
from issues.ladder import Ladder
from issues.limits import Limits
from issues.policies import asking, calling, hotline, matters, times, words
from issues.policies.calling import row_of, urgent
from issues.policies.times import ALL, IN_ORDER
from issues.questions import Question, dangers_kept
from issues.whistles import ANYBODY, BY_KEY, WhistleKind


@dataclass(frozen=True)
class CategoryRule:
    """What is set for a category in a district or one of its streets. `version`: the policy that says where it
    goes, 0 where the category itself says it."""

    responsible: str = ""
    body: str = ""
    answer: Span | None = None
    submit: Span | None = None
    photo: str = ""
    check: bool = False
    active: bool = True
    version: int = 0


@dataclass(frozen=True)
class DutyItem:
    """One thing that a grid worker is or is not there for."""

    key: str
    group: str
    group_en: str
    name: str
    name_en: str
    state: str
    until: date | None = None
    categories: tuple[str, ...] = ()

    def allows(self, today: date) -> bool:
        """May a grid be given it today? The last day of a permission counts."""
        if self.state == matters.TEMPORARY:
            return self.until is not None and today <= self.until
        return self.state == matters.ADMITTED


@dataclass(frozen=True)
class Extension:
    """How often a deadline may be extended, and by how much at most each time."""

    times: int
    longest: Span


@dataclass(frozen=True)
class RatingReason:
    """`about`: answered, solved or satisfied."""

    key: str
    about: str
    name: str
    name_en: str

    def label(self, *, english: bool) -> str:
        """The words of the reader's language."""
        return self.name_en if english else self.name


@dataclass(frozen=True)
class ReplyTemplate:
    key: str
    outcome: str
    name: str
    text: str


_NOTHING_SET = CategoryRule()


@dataclass(frozen=True)
class DistrictRules:
    """Ask it instead of the tables: those hold what is shipped. `versions`: key → id of the district's policy
    in force; a key that is missing holds as shipped."""

    by_place: Mapping[str, Limits]
    windows: Mapping[str, Span]
    whistles: Mapping[str, WhistleKind]
    callees: Mapping[tuple[str, str], frozenset[str]]
    reviewed: frozenset[tuple[str, str]]
    ladder: Ladder
    decisions: Mapping[str, Span]
    extension: Extension
    categories: Mapping[str, CategoryRule]
    # Of streets that have set something: street id → category → the district's rule overlaid by theirs.
    of_streets: Mapping[int, Mapping[str, CategoryRule]]
    duty: Mapping[str, DutyItem]
    duty_holds: bool
    rating_reasons: tuple[RatingReason, ...]
    reply_templates: tuple[ReplyTemplate, ...]
    # Reasons for which a result is checked on the spot.
    checked: frozenset[str]
    sample_percent: int
    # Of the streets over the bodies posted to them.
    powers: frozenset[str]
    # Keys of the categories that it has added.
    own: frozenset[str]
    # Category → what is asked besides; None where the categories themselves say it.
    questions: Mapping[str, tuple[Question, ...]] | None
    hotline_columns: Columns
    # A classification of the hotline or a piece of it → key of the category that it means here.
    hotline_topics: Mapping[str, str]
    versions: Mapping[str, int] = field(default_factory=dict)

    def limits_for(
        self, place: str, *, danger: bool, category: str = "", street: int | None = None
    ) -> Limits:
        """The limits of a unit's level or a body's kind; a category's own go before them, danger before all."""
        if danger:
            return self.by_place["danger"]
        limits, own = self.by_place[place], self.category(category, street)
        return Limits(own.answer or limits.answer, own.submit or limits.submit)

    @property
    def rating_window(self) -> Span:
        return self.windows["rating"]

    @property
    def return_within(self) -> Span:
        """退单: how long what was given may be returned."""
        return self.windows["return"]

    @property
    def supply_window(self) -> Span:
        """How long the handler's clock stands still for the reporter's answer."""
        return self.windows["supply"]

    def check_within(self, *, danger: bool) -> Span:
        """How soon a result is looked at on the spot."""
        return self.windows["danger_check" if danger else "check"]

    def whistle(self, kind: str) -> WhistleKind:
        """The kind with this district's times. KeyError for an unknown one."""
        return self.whistles[kind]

    def callable_by(self, level: str, kind: str) -> frozenset[str]:
        """Levels of units and kinds of bodies that a caller at this level may whistle for with this kind."""
        if urgent(kind):
            return ANYBODY if any(caller == level for caller, _kind in self.callees) else frozenset()
        return self.callees.get((level, kind), frozenset())

    def needs_review(self, level: str, kind: str) -> bool:
        """审哨: does the street look at it before anybody is called?"""
        return (level, kind) in self.reviewed

    def decision_span(self, kind: str) -> Span:
        """How long whoever is asked has. KeyError for an unknown kind."""
        return self.decisions[kind]

    def reasons_for(self, answers: Mapping[str, Any]) -> tuple[RatingReason, ...]:
        """Those that may be given beside these answers: about something that was answered with no."""
        return tuple(one for one in self.rating_reasons if answers.get(one.about) is False)

    @property
    def blanks(self) -> frozenset[str]:
        """What the templates of replies leave to be filled in, as it stands there."""
        return frozenset(blank for one in self.reply_templates for blank in words.BLANK.findall(one.text))

    def category(self, key: str, street: int | None = None) -> CategoryRule:
        """What is set for this category there."""
        own = self.of_streets.get(street) if street else None
        return (own or self.categories).get(key) or _NOTHING_SET

    def photo_for(self, category: str, street: int | None = None) -> str:
        """ "", "wanted" or "required": is a photo asked of whoever reports?"""
        photo = self.category(category, street).photo
        return "" if photo == "none" else photo

    def check_for(self, category: str, street: int | None = None) -> bool:
        """Is the result checked on the spot?"""
        return self.category(category, street).check

    def out_of_use(self, street: int | None = None) -> frozenset[str]:
        """Keys of the categories that are switched off there."""
        rows = (self.of_streets.get(street) if street else None) or self.categories
        return frozenset(key for key, row in rows.items() if not row.active)

    def offers(self, category: str, district: int | None, street: int | None = None) -> bool:
        """May something be about it there? `district` is whose own it is, if it is one's."""
        return (district is None or category in self.own) and self.category(category, street).active

    def questions_for(self, category: str, shipped: tuple[Question, ...]) -> tuple[Question, ...]:
        """What is asked besides of such a matter; `shipped` is what the category itself asks."""
        return shipped if self.questions is None else dangers_kept(self.questions.get(category, ()), shipped)

    def duty_item(self, category: str) -> DutyItem | None:
        """What a grid worker would be doing with it; None outside the duty list."""
        return self.duty.get(category)

    def is_grids_duty(self, category: str, today: date) -> bool:
        """May it be given to a grid? Always, until the district has set its duty list (S4:9)."""
        item = self.duty_item(category)
        return not self.duty_holds or (item is not None and item.allows(today))


def rules_from(
    own: Mapping[str, tuple[int, Value]],
    streets: Mapping[int, tuple[int, Value]] | None = None,
    district: int = 0,
) -> DistrictRules:
    """The rules of a district (its id): `own` is key → (policy id, value) in force, `streets` is street id → the same
    for its categories. What neither says holds as shipped."""

    def value(kind: PolicyKind) -> Mapping[str, Mapping[str, Any]]:
        return kind.over(own[kind.key][1]) if kind.key in own else kind.default

    extension = value(times.EXTENSION)[ALL]
    duty = [_duty_item(key, row) for key, row in value(matters.DUTY_LIST).items()]
    mine = own.get("categories", (0, {}))
    return DistrictRules(
        by_place={
            key: Limits(span_of(row["answer"]), span_of(row["submit"]))
            for key, row in value(times.LIMITS).items()
        },
        windows={key: span_of(row["within"]) for key, row in value(times.WINDOW).items()},
        whistles={
            key: _whistle(BY_KEY[key], row)
            for key, row in value(times.WHISTLE_TIMES).items()
            if key in BY_KEY
        },
        callees=_callees(value(calling.TABLE)),
        reviewed=frozenset(
            (level, kind)
            for level, row in value(calling.REVIEW).items()
            for kind, asked in row.items()
            if asked
        ),
        ladder=_ladder(value(times.LADDER)[ALL], value(times.RUNGS)),
        decisions={
            key: span_of(row["within"]) for key, row in value(times.DECISIONS).items() if key in DECISION
        },
        extension=Extension(extension["times"], span_of(extension["longest"])),
        categories=_categories([(0, matters.CATEGORIES.default), mine]),
        of_streets={
            street: _categories([(0, matters.CATEGORIES.default), mine, theirs])
            for street, theirs in (streets or {}).items()
        },
        duty={category: item for item in duty for category in item.categories},
        duty_holds="duty_list" in own and bool(own["duty_list"][1]),
        rating_reasons=reasons_from(value(words.RATING_REASONS)),
        reply_templates=tuple(
            ReplyTemplate(key, row["outcome"], row["name"], row["text"])
            for key, row in value(words.REPLY_TEMPLATES).items()
        ),
        checked=frozenset(key for key, row in value(matters.CHECKED).items() if row["asked"]),
        own=frozenset(asking.own_key(district, row) for row in value(asking.OWN)),
        questions=asking.questions_from(own["questions"][1]) if "questions" in own else None,
        powers=powers.held(value(powers.KIND)),
        sample_percent=value(matters.SAMPLING)[ALL]["percent"],
        hotline_columns=hotline.columns_from(value(hotline.COLUMNS)),
        hotline_topics=hotline.topics_from(value(hotline.TOPICS)),
        versions={key: pk for key, (pk, _value) in own.items()},
    )


def reasons_from(value: Value) -> tuple[RatingReason, ...]:
    """The reasons beside a rating, as a version of them says."""
    return tuple(RatingReason(key, row["about"], row["name"], row["name_en"]) for key, row in value.items())


def _ladder(row: Mapping[str, Any], rungs: Value) -> Ladder:
    cells = {column.key: row[column.key] for column in times.LADDER.columns}
    numbers: dict[str, Any] = {
        name: span_of(cell) if isinstance(cell, list) else cell for name, cell in cells.items()
    }
    known = {key: cells for key, cells in rungs.items() if key in RUNG}
    told = {
        key: tuple(one for one in RUNG[key].may_hear if one in cells["audience"])
        for key, cells in known.items()
    }
    heard = {key: audience for key, audience in told.items() if audience != RUNG[key].audience}
    off = frozenset(key for key, cells in known.items() if not cells["on"] and RUNG[key].optional)
    return Ladder(**numbers, off=off, heard=heard)


def _whistle(kind: WhistleKind, row: Mapping[str, Any]) -> WhistleKind:
    spans: dict[str, Any] = {name: span_of(row[name]) for name in IN_ORDER if name in row}
    return replace(kind, most=row["most"], **spans)


def _callees(value: Value) -> dict[tuple[str, str], frozenset[str]]:
    known = {row_of(level, kind): (level, kind) for level in calling.CALLABLE for kind in BY_KEY}
    return {
        known[key]: frozenset(callee for callee, granted in row.items() if granted)
        for key, row in value.items()
        if key in known
    }


def _categories(layers: Iterable[tuple[int, Value]]) -> dict[str, CategoryRule]:
    """Layer upon layer, cell by cell; the last that says where a category goes is the version that did."""
    cells: dict[str, dict[str, Any]] = {}
    for version, value in layers:
        for key, row in value.items():
            decided = {"version": version} if "responsible" in row else {}
            # A new addressee takes the old one's body along.
            dropped = {"body": ""} if "responsible" in row else {}
            cells[key] = {**cells.get(key, {}), **dropped, **row, **decided}
    return {key: _category(row) for key, row in cells.items()}


def _category(row: Mapping[str, Any]) -> CategoryRule:
    return CategoryRule(
        responsible=row.get("responsible", ""),
        body=row.get("body", ""),
        answer=span_of(row["answer"]) if "answer" in row else None,
        submit=span_of(row["submit"]) if "submit" in row else None,
        photo=row.get("photo", ""),
        check=row.get("check") == "yes",
        active=row.get("active") != "no",
        version=row.get("version", 0),
    )


def _duty_item(key: str, row: Mapping[str, Any]) -> DutyItem:
    return DutyItem(
        key,
        row["group"],
        row.get("group_en", ""),
        row["name"],
        row.get("name_en", ""),
        row["state"],
        date.fromisoformat(row["until"]) if "until" in row else None,
        tuple(row.get("categories", ())),
    )


SHIPPED = rules_from({})
