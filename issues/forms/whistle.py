"""The whistle's form says in words what each kind means and who would come by when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.lineage import key_of
from issues.coming import Coming, coming_of
from issues.districts import rules_of
from issues.forms.targets import caller_level
from issues.forms.verbs import VerbForm
from issues.models import Callee
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


@dataclass(frozen=True)
class CalleeChoice:
    """One that may be called, by which kinds of whistle."""

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
    """Those who may be called as choices to look at."""

    def callees(self) -> Callees:
        """All that may be called from here, units first."""
        found = Callees([], [])
        coming = coming_of(self._parties(), self.now)
        for name in ("units", "bodies"):
            chosen = {str(code) for code in (self[name].value() or ())} if name in self.fields else set()
            for one in self._named(name):
                kinds = self.kinds_for(one)
                group = found.urgent if all(kind.urgent for kind in kinds) else found.usual
                kind, picked = one.get_kind_display(), one.code in chosen
                comes = coming[key_of(one)]
                group.append(CalleeChoice(name, one.code, one.name, kind, kinds, picked, comes))
        return found

    def kinds_for(self, party: Any) -> tuple[WhistleKind, ...]:
        """The kinds by which it may be called from here, as the district's table has them."""
        level, rules = caller_level(self.issue), rules_of(self.issue.district_id, self.now)
        return tuple(kind for kind in KINDS if party.kind in rules.callable_by(level, kind.key))

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
        return [*self._named("units"), *self._named("bodies")]

    def _named(self, name: str) -> Any:
        """Asked of the database once per form."""
        return self.fields[name].queryset if name in self.fields else ()


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
        self.initial |= self._only_one()

    def _only_one(self) -> dict[str, list[str]]:
        """Where an ordinary whistle calls nobody else from here, and nobody is called yet."""
        usual = [
            (name, one.code)
            for name in ("units", "bodies")
            for one in self._named(name)
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
