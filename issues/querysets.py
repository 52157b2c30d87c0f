"""Words for reading issues. `visible_to` is the one door to them, for every face."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL

from calendars.midnight import midnight
from grids.lineage import within_any
from grids.standing import Standing, standing_of
from issues import subjects
from issues.kinds import LINK, VALIDITIES, VERDICTS
from issues.lifecycle import CALLEE_ENDED, CALLERS, VERB
from issues.lifecycle.states import NEVER_CALLED, PROPOSED
from issues.limits import CALLED_BACK_WITHIN, MOST_CALLS
from issues.numbers import each_word, read_number
from issues.whistles import CALL_SEVERAL
from trail.districts import sees_all
from trail.statements import rows_of

# Ids of what somebody reported or has a part in. By hand, since every list and every step asks it; two parts
# of a union, so that no plan ever reads all issues.
BESIDE = """
    SELECT issue.id FROM issues_issue AS issue WHERE issue.registered_by_id = %s {more}
    UNION
    SELECT concern.issue_id FROM issues_concern AS concern {join}
    WHERE (concern.user_id = %s OR concern.unit_id = ANY(%s) OR concern.body_id = ANY(%s)) {more}
"""
JOIN = "JOIN issues_issue AS issue ON issue.id = concern.issue_id"
CALLED_FROM = VERB["call_back"].from_states


class IssueQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime, *, code: str = "") -> Self:
        """Issues that this person may see, by the posts held at `now`; with `code` that one issue, if any.

        Territorial posts that read below see their subtree (lineage), a centre's dispatchers that of its unit; a
        building's posts see their building; bodies, and units given an issue of another place, see what they are
        concerned with; whoever registered an issue sees it; so does a deputy who was called to it. Nothing else
        exists for them.
        A complaint about somebody is hidden from those it is about, whatever else they are (issues.subjects).

        One small query at once: an OR with a subquery would cost the lineage its indexes, and there is
        seldom anything outside of it.
        """
        if not user.is_authenticated:
            return self.none()
        if code:
            self = self.filter(code=code)
        standing = standing_of(user, now)
        self = self.exclude(subjects.hidden(standing))
        territory = standing.in_sight("read_below", "own_building")
        if not territory:
            narrowed = ("issue.code = %s", [code]) if code else ()
            return self.filter(pk__in=RawSQL(*_beside(standing, user, *narrowed)))
        place = within_any(territory)
        outside = _outside(territory, standing, user, code)
        return self.filter(place | Q(pk__in=outside)) if outside else self.filter(place)

    def hidden_from(self, user: Any, now: datetime) -> Self:
        """Complaints about somebody that this person must not see, wherever else they may stand."""
        return self.filter(subjects.ABOUT_SOMEBODY, subjects.hidden(standing_of(user, now)))

    def about_nobody(self) -> Self:
        """All but complaints about somebody."""
        return self.filter(about_unit=None, about_body=None)

    def for_everybody(self) -> Self:
        """What anybody may know that there is: of categories offered to residents; never a dispute or a complaint
        about somebody. What of it they may know is for the face to say."""
        offered = self.about_nobody().filter(category__for_residents=True, category__about_somebody=False)
        return offered.exclude(kind="dispute").exclude(category__kind="dispute")

    def screened(self) -> Self:
        """All but what nobody has looked at yet to say what it is."""
        return self.exclude(state="reported", objected_at=None)

    def named(self, name: str) -> Self:
        """The one with this tracking code or work-order number; none, if it is neither."""
        if number := read_number(name):
            day, pk = number
            return self.filter(pk=pk, received_at__date=day)
        return self.filter(code=name.strip().lower())

    def matching(self, words: str) -> Self:
        """The one with this work-order number; else those with every one of these words in what is the matter, in the
        place, as tracking code, or as the number that the hotline or a list knows it by. What stands in quotation marks
        is one word."""
        if read_number(words):
            return self.named(words)
        found = self
        for word in each_word(words):
            # Chinese and numbers have no other case: texts need not be turned into capitals to be compared with them.
            how = "contains" if word.upper() == word.lower() else "icontains"
            said = (Q(**{f"{column}__{how}": word}) for column in ("text", "place_label", "spot"))
            found = found.filter(reduce(or_, (*said, *_numbered(word)), Q(code=word.lower())))
        return found

    def open(self) -> Self:
        """Those that are not over. They and only they have a due date (two checks of the database hold it), and
        that is what the indexes know: asked by state, open ones would be looked for among all that ever was."""
        return self.filter(due_at__isnull=False)

    def overdue(self, now: datetime) -> Self:
        """Open and past their deadline."""
        return self.open().filter(due_at__lt=now)

    def supervised(self) -> Self:
        """Open ones with a letter (督办) that nobody has answered yet."""
        letters = apps.get_model("issues", "Decision").objects.filter(kind="supervision", ended_at=None)
        return self.open().filter(Exists(letters.filter(issue=OuterRef("pk")).order_by()))

    def of_today(self, what: str, now: datetime) -> Self:
        """Those to which this happened since midnight: reported, done (its result was submitted), or rated."""
        since = midnight(now)
        if what == "rated":
            ratings = apps.get_model("issues", "Rating").objects.filter(rated_at__gte=since)
            return self.filter(Exists(ratings.filter(issue=OuterRef("pk")).order_by()))
        return self.filter(**{f"{'resolved' if what == 'done' else 'reported'}_at__gte": since})

    def due_first(self) -> Self:
        """The order of a queue: what is due first stands first; closed ones last, newest first."""
        return self.order_by(F("due_at").asc(nulls_last=True), "-pk")

    def waiting_for(self, answering: Any) -> Self:
        """Open ones that are the person's to move; `answering`: who they are and for what (issues.answering)."""
        return self.open().filter(answering.held)

    def calling(self, answering: Any) -> Self:
        """Those with a callee, not done yet, that waits for this person."""
        callees = answering.calls(apps.get_model("issues", "Callee").objects.order_by())
        return self.filter(pk__in=callees.values("issue_id"))

    def led_by(self, user: Any) -> Self:
        """Open ones that this person took on as a leader (领办)."""
        return self.open().filter(leader=user.pk)

    def registered_by(self, user: Any) -> Self:
        """What this person registered, ended ones too."""
        return self.filter(registered_by=user.pk)

    def to_check(self, user: Any, units: Iterable[int], deputised: Iterable[int], now: datetime) -> Self:
        """Results that one of these units must look at on the spot, of the `deputised` ones what they have not looked at
        in time; nobody checks their own."""
        own = {*units}
        waiting = self.unchecked().filter(check_unit__in=own | {*deputised})
        theirs = waiting.filter(Q(check_unit__in=own) | Q(due_at__lte=now))
        return theirs.exclude(resolved_by=user.pk)

    def unchecked(self) -> Self:
        """Results that a unit must look at on the spot and has not; the index holds just those."""
        waiting = self.open().filter(state="resolved", checked_at=None, check_unit__isnull=False)
        return waiting.exclude(check_reason="")

    def asking(self, answering: Any) -> Self:
        """Those in which something else than a whistle waits for this person: a sub-task, a decision, a letter to be
        answered, or a check on the spot."""
        checks, *parts = answering.parts(self.model.objects.order_by())
        # A union, since an OR of subqueries has no index. A letter waits in what has ended, too.
        found = checks.values("pk").union(*(part.values("issue_id") for part in parts))
        return self.filter(pk__in=found)

    def unheard(self, now: datetime) -> Self:
        """Results of the last weeks on which nobody has given a verdict, and whose reporters can be called back
        (回访): they left a telephone, keep it from nobody, and were not called in vain too often."""
        reporters, ratings = (apps.get_model("issues", name).objects for name in ("Reporter", "Rating"))
        known = reporters.filter(issue=OuterRef("pk"), erased_at=None, is_secret=False).exclude(phone_hash="")
        rated = ratings.filter(issue=OuterRef("pk"), round=OuterRef("redo_count") + 1)
        lately = self.filter(state__in=CALLED_FROM, resolved_at__gt=now - CALLED_BACK_WITHIN)
        once = lately.filter(disputed=False, at_once=False, call_count__lt=MOST_CALLS)
        return once.exclude(outcome="withdrawn").filter(Exists(known), ~Exists(rated))

    def to_call_back(self, user: Any, now: datetime) -> Self:
        """Those whose reporters this person may call: the level above whoever submitted the result does, of the
        district's own its other dispatchers. The oldest result first."""
        standing = standing_of(user, now)
        below = Q(pk=None)
        for column, units in standing.territory(*CALLERS).items():
            if column == "district_id":
                # Whoever has something of a district is of that district: no need to look at all its units.
                below |= Q(district__in=units) & ~Q(owner_unit__in=units)
                continue
            below |= Q(**{f"owner_unit__{column}__in": units}) & ~Q(owner_unit__in=units)
            below |= Q(**{f"owner_body__unit__{column}__in": units})
        top = standing.territory("dispatch").get("district_id", ())
        mine = self.unheard(now).filter(below | Q(owner_unit__in=top)).exclude(resolved_by=user.pk)
        return mine.order_by("state", "resolved_at", "pk")

    def within(self, unit: Any) -> Self:
        """Those that happened in this unit or below it."""
        return self.filter(**{f"{unit.kind}_id": unit.pk})

    def of_category(self, key: str) -> Self:
        """Those of the category with this key, or of one that is part of it."""
        categories = apps.get_model("issues", "Category").objects
        return self.filter(category__in=categories.ids_within(key))

    def shown(self) -> Self:
        """With what a list row shows, in one query; boundaries are large and not shown."""
        return self.select_related("category", "owner_unit", "owner_body").defer("owner_unit__boundary")

    def with_order(self) -> Self:
        """With the hotline's side, as far as a list shows it."""
        unshown = (f"hotline__{name}" for name in ("given", "earlier", "related"))
        return self.select_related("hotline").defer(*unshown)


class CategoryQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """The list that all share, and what the districts that one sees have added."""
        if sees_all(user):
            return self
        units = (
            apps.get_model("grids", "Unit").objects.visible_to(user, now).filter(kind="district").order_by()
        )
        return (
            self.filter(Q(district=None) | Q(district__in=units.values("pk")))
            if user.is_active
            else self.none()
        )

    def ids_within(self, key: str) -> list[int]:
        """Of the one with this key and of what is part of it. Asked at once: of known ones the planner knows how many
        issues there are."""
        found = self.filter(Q(key=key) | Q(parent__key=key)).order_by()
        return list(found.values_list("pk", flat=True))

    def in_use(self, own: Collection[str] = ()) -> Self:
        """What an issue may be about now; groups (rows that others are part of) are left out. `own`: keys of
        those that the district has added."""
        shared = Q(district=None) | Q(key__in=own) if own else Q(district=None)
        return self.filter(shared, is_active=True, category=None).select_related("parent")

    def for_residents(self, own: Collection[str] = ()) -> Self:
        """Those that residents are offered."""
        return self.in_use(own).filter(for_residents=True)

    def of_district(self, district_id: int | None) -> Self:
        """The same with all that this district has ever added."""
        shared = Q(district=None) | Q(district=district_id)
        return self.filter(shared, is_active=True, category=None).select_related("parent")


class CalleeQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Callees of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.values("pk"))

    def waiting(self) -> Self:
        """Called, or about to be, and not done yet. All have a due date, and the index holds just those."""
        return self.filter(due_at__isnull=False).exclude(state__in=CALLEE_ENDED)

    def called(self) -> Self:
        """Those with clocks that run: called, and not done yet."""
        return self.waiting().exclude(state=PROPOSED)

    def joinable(self, issue: Any) -> Self:
        """Those called to this issue by a whistle that others may be called in to."""
        return self.called().filter(issue=issue, whistle__kind__in=CALL_SEVERAL)

    def rated(self) -> Self:
        """Those whose work the caller has assessed."""
        return self.exclude(verdict="")

    def judged(self) -> Self:
        """Those that have said what they think of having been called."""
        return self.exclude(validity="")

    def really_called(self) -> Self:
        """All but those whom the street has not agreed to call, or never did."""
        return self.exclude(state__in=NEVER_CALLED)

    def assessed_by(self, side: str) -> Self:
        """双向评价: a row per unit or body that was `called`, or that was the `caller` (`of_unit`, `of_body`): how many
        were `called`, how often which verdict of the caller's, and how often which answer of those called."""
        whose = "" if side == "called" else "whistle__caller_"
        party = {f"of_{kind}": F(f"{whose}{kind}") for kind in ("unit", "body")}
        counts = {row.key: Count("pk", filter=Q(verdict=row.key)) for row in VERDICTS}
        counts |= {row.key: Count("pk", filter=Q(validity=row.key)) for row in VALIDITIES}
        return self.order_by().values(**party).annotate(called=Count("pk"), **counts)


class PartQuerySet(models.QuerySet):
    """Sub-tasks, and what decisions share with them."""

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.values("pk"))

    def waiting(self) -> Self:
        """Not ended yet."""
        return self.filter(ended_at=None)

    def asked_of(self, user: Any, addressed: Q, now: datetime) -> Self:
        """What waits for this person, of that `addressed` to those they answer for."""
        # What waits has a deadline: so the index of these alone serves.
        return self.waiting().filter(addressed, due_at__isnull=False)


class DecisionQuerySet(PartQuerySet):
    def asked_of(self, user: Any, addressed: Q, now: datetime, *, deputised: Iterable[int] = ()) -> Self:
        """Not what the person asked for; and a reply is approved by the head, above a silent one, or by their deputy:
        `deputised` are the bodies of such heads."""
        standing = standing_of(user, now)
        heads = {one.body_id for one in standing.with_capability("assign_officer")}
        approves = Q(body__in=heads) | Q(raised_to__in=standing.unit_ids())
        approves |= Q(body__in={*deputised}, due_at__lte=now)
        asked = super().asked_of(user, addressed, now).exclude(asked_by=user.pk)
        return asked.filter(~Q(kind="reply") | approves)

    def passed_on(self, user: Any, held: Q) -> Self:
        """Supervision letters that wait in matters which those `held` by have now, to whomever they were addressed:
        whoever has the matter answers too."""
        letters = self.waiting().letters_of_matter().filter(held, due_at__isnull=False)
        return letters.exclude(asked_by=user.pk)

    def letters_of_matter(self) -> Self:
        """Those that go with the matter; not the ones to somebody who was called or has a sub-task."""
        return self.filter(kind="supervision", callee=None, task=None)


class OfIssueQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now).order_by()
        return self.filter(issue__in=issues.values("pk"))


class WhistleQuerySet(OfIssueQuerySet):
    pass


class RatingQuerySet(OfIssueQuerySet):
    def holding(self) -> Self:
        """One verdict per result: the reporter's own goes before what somebody heard by telephone."""
        own = self.model.objects.filter(issue=OuterRef("issue"), round=OuterRef("round"), source=LINK)
        return self.filter(Q(source=LINK) | ~Exists(own))


class DeadlineQuerySet(OfIssueQuerySet):
    def open(self) -> Self:
        return self.filter(fired_at=None, cancelled_at=None)

    def due(self, now: datetime) -> Self:
        """What the sweep must fire at `now`, oldest first."""
        return self.open().filter(due_at__lte=now).order_by("due_at", "pk")


def _numbered(word: str) -> list[Q]:
    """Those that others know by this number; a word without a figure is none."""
    if not any(one.isdigit() for one in word):
        return []
    # As they are kept, whichever way they were typed.
    plain = unicodedata.normalize("NFKC", word)
    numbers = {plain, plain.upper(), plain.lower()}
    rows = (apps.get_model("issues", name).objects for name in ("HotlineOrder", "ListedIssue"))
    return [Q(pk__in=one.filter(number__in=numbers).order_by().values("issue_id")) for one in rows]


def _beside(
    standing: Standing, user: Any, more: str = "", values: Sequence[Any] = ()
) -> tuple[str, list[Any]]:
    """What the person sees for other reasons than the place, as SQL and its parameters. A condition `more` on
    the issue narrows each part of it."""
    units = {pk for ids in standing.in_sight("read_below").values() for pk in ids}
    parts = [user.pk, sorted(units), sorted(standing.body_ids())]
    sql = BESIDE.format(more=f"AND {more}" if more else "", join=JOIN if more else "")
    return sql, [user.pk, *values, *parts, *values]


def _outside(territory: Mapping[str, Iterable[int]], standing: Standing, user: Any, code: str) -> list[int]:
    """Ids of what the person sees though it is not in their territory; of all, or of the one with this code."""
    within = " OR ".join(f"issue.{name} = ANY(%s)" for name in territory)
    more, values = f"({within}) IS NOT TRUE", [list(ids) for ids in territory.values()]
    if code:
        more, values = f"{more} AND issue.code = %s", [*values, code]
    return [pk for (pk,) in rows_of(*_beside(standing, user, more, values))]
