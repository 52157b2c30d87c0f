"""The whistle's form says in words what each kind means and who would come by when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.lineage import key_of
from grids.models import Unit
from issues.coming import Coming, coming_of
from issues.districts import rules_of
from issues.forms.targets import near_bodies
from issues.forms.verbs import VerbForm
from issues.models import Callee
from issues.reach import (
    MOST_FOUND,
    bodies_anywhere,
    caller_level,
    calls_anybody,
    near_units,
    neighbours,
    reaches,
    sought,
    units_anywhere,
)
from issues.whistles import KINDS, WhistleKind
from issues.worktimes import worktime_of


@dataclass(frozen=True)
class KindChoice:
    """One kind, and until when those called would answer, come and be done if it were blown now; whether the
    street looks at it first."""

    kind: WhistleKind
    acknowledge_by: datetime
    arrive_by: datetime
    done_by: datetime
    plan_by: datetime | None
    report_by: datetime | None
    reviewed: bool


# The button that looks for somebody else and sends nothing.
LOOK = "look"


@dataclass(frozen=True)
class CalleeChoice:
    """One that may be called, by which kinds of whistle; `group` says what it is, and where, if that is not near."""

    field: str
    code: str
    name: str
    group: str
    kinds: tuple[WhistleKind, ...]
    chosen: bool
    coming: Coming

    @property
    def only_by(self) -> str:
        """The kinds that may call it, where not every one may."""
        few = len(self.kinds) < len(KINDS)
        return _(", ").join(str(kind.label) for kind in self.kinds) if few else ""


@dataclass(frozen=True)
class Callees:
    """Those that some ordinary whistle may call, and those that only danger may call."""

    usual: list[CalleeChoice]
    urgent: list[CalleeChoice]

    @property
    def urgent_chosen(self) -> bool:
        return any(one.chosen for one in self.urgent)


class CallingForm(VerbForm):
    """Those who may be called as choices to look at: those who are near, where an emergency calls anybody the
    neighbours as well, and whoever is looked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.anybody = calls_anybody(self.verb.key, self.issue, self.user, self.now)
        self.is_cut = False
        if self.anybody:
            self.fields["sought"] = forms.CharField(
                label=gettext_lazy("Somebody else in the district"),
                help_text=gettext_lazy(
                    "Name or code of a grid, a community, a street or a body; several words narrow it down. Only an"
                    " emergency whistle calls them."
                ),
                required=False,
                max_length=60,
            )
        self._rows = {name: self._offered(name) for name in ("units", "bodies")}

    @classmethod
    def typed(cls, data: Any) -> dict[str, Any]:
        """What was chosen and written so far, for the same form once more."""
        several = {name: data.getlist(name) for name in ("units", "bodies")}
        return several | {name: data.get(name) for name in ("lead", "text", "remote", "sought", "version")}

    def arguments(self) -> dict[str, Any]:
        """Without whom somebody looked for."""
        return {key: value for key, value in super().arguments().items() if key != "sought"}

    def callees(self) -> Callees:
        """All that are offered, units first."""
        found = Callees([], [])
        coming = coming_of(self._parties(), self.now)
        for name, rows in self._rows.items():
            chosen = self._chosen(name)
            for one in rows:
                kinds = self.kinds_for(one)
                group = found.urgent if all(kind.urgent for kind in kinds) else found.usual
                what, picked = self._what(one), one.code in chosen
                group.append(CalleeChoice(name, one.code, one.name, what, kinds, picked, coming[key_of(one)]))
        return found

    def nobody_found(self) -> bool:
        """Was somebody looked for in vain?"""
        return bool(self._words()) and not any(map(self._found, ("units", "bodies")))

    def kinds_for(self, party: Any) -> tuple[WhistleKind, ...]:
        """The kinds by which it may be called from here, as the district's table has them."""
        level, rules = caller_level(self.issue), rules_of(self.issue.district_id, self.now)
        return tuple(
            kind
            for kind in KINDS
            if party.kind in rules.callable_by(level, kind.key)
            and reaches(self.issue, party, urgent=kind.urgent)
        )

    def times(self, kind: WhistleKind) -> KindChoice:
        """One kind with its times from now on."""
        worktime, level = worktime_of(self.issue.district_id), caller_level(self.issue)
        ends = {
            f"{clock}_by": worktime.due(self.now, getattr(kind, clock)).at
            for clock in ("acknowledge", "arrive", "done")
        }
        plan = worktime.due(self.now, kind.plan).at if kind.plan else None
        report = worktime.due(self.now, kind.report).at if kind.report else None
        reviewed = rules_of(self.issue.district_id, self.now).needs_review(level, kind.key)
        return KindChoice(kind, plan_by=plan, report_by=report, reviewed=reviewed, **ends)

    def _parties(self) -> list[Any]:
        return [*self._rows["units"], *self._rows["bodies"]]

    def _offered(self, name: str) -> list[Any]:
        """Whoever is chosen already stays there, whatever else is looked for."""
        if name not in self.fields:
            return []
        if not self.anybody:
            return list(self.fields[name].queryset)
        chosen = self.fields[name].queryset.filter(code__in=self._chosen(name))
        return [*dict.fromkeys([*self._near(name), *_with_places(chosen), *self._found(name)])]

    def _near(self, name: str) -> list[Any]:
        """Those who may be called by this verb at all, of those at hand."""
        near = (
            [*near_units(self.issue), *neighbours(self.issue)]
            if name == "units"
            else near_bodies(self.issue, self.user, self.now).exclude(pk=self.issue.owner_body_id)
        )
        return [one for one in near if self.kinds_for(one)]

    def _found(self, name: str) -> list[Any]:
        if not self._words():
            return []
        everybody = units_anywhere if name == "units" else bodies_anywhere
        found = sought(_with_places(everybody(self.issue, self.now)), self._words())
        self.is_cut |= len(found) > MOST_FOUND
        return found[:MOST_FOUND]

    def _words(self) -> str:
        return str(self["sought"].value() or "")[:60].strip() if self.anybody else ""

    def _chosen(self, name: str) -> set[str]:
        if name not in self.fields:
            return set()
        said = self[name].data if self.is_bound else self.initial.get(name)
        return {str(code) for code in said or ()}

    def _what(self, party: Any) -> str:
        """What it is; of what lies elsewhere where that is."""
        elsewhere = party.street_id not in {None, self.issue.street_id}
        above = (getattr(party, name, None) for name in ("street", "community"))
        places = [str(one) for one in above if one and one != party] if elsewhere else ()
        return " ".join([str(party.get_kind_display()), *places])


def _with_places(rows: Any) -> Any:
    """With what stands above each of them, by name."""
    above = ("street", "community") if rows.model is Unit else ("street",)
    own = ("boundary",) if rows.model is Unit else ()
    return rows.select_related(*above).defer(*own, *(f"{name}__boundary" for name in above))


class JoinForm(CallingForm):
    """Whoever is called in later comes to the whistle that runs, by its kind and with its times."""

    def joined(self) -> KindChoice | None:
        """That whistle's kind; None when it is over meanwhile. Where there is a plan, all have until its end."""
        row = Callee.objects.joinable(self.issue).select_related("whistle").order_by("-whistle_id").first()
        if row is None:
            return None
        rules = rules_of(self.issue.district_id, self.now)
        found, last = self.times(rules.whistle(row.whistle.kind)), row.whistle.stages.last()
        done_by = max(found.done_by, last.due_at) if last else found.done_by
        return replace(found, done_by=done_by, plan_by=None)

    def callees(self) -> Callees:
        """Only those whom that kind may call; they stand in one list."""
        running, found = self.joined(), super().callees()
        kind = running.kind.key if running else ""
        every = [*found.usual, *found.urgent]
        return Callees(
            [replace(one, kinds=KINDS) for one in every if kind in {each.key for each in one.kinds}], []
        )


class WhistleForm(CallingForm):
    """Callees as choices to look at, the only one chosen already; a button for each kind, so that a whistle takes three
    taps; the lead chosen among the callees instead of by code."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(one.code, one.name) for one in self._parties()]
        self.fields["lead"] = forms.ChoiceField(
            label=self.fields["lead"].label,
            choices=[("", gettext_lazy("The first of those called")), *names],
            required=False,
        )
        self.initial = self._only_one() | self.initial

    def _only_one(self) -> dict[str, list[str]]:
        """Where an ordinary whistle calls nobody else from here, and nobody is called yet."""
        usual = [
            (name, one.code)
            for name in ("units", "bodies")
            for one in self._rows[name]
            if not all(kind.urgent for kind in self.kinds_for(one))
        ]
        if len(usual) != 1 or self.issue.open_whistles:
            return {}
        return {name: [code] for name, code in usual}

    def kinds(self) -> Iterator[KindChoice]:
        """The three kinds with their times from now on."""
        rules = rules_of(self.issue.district_id, self.now)
        for kind in map(rules.whistle, (row.key for row in KINDS)):
            yield self.times(kind)
