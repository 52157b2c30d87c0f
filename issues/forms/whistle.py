"""The whistle's form says in words what each kind means and who would come by when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.forms.verbs import VerbForm, caller_level
from issues.whistles import KINDS, WhistleKind, callable_by, clock_span
from issues.worktimes import worktime_of


@dataclass(frozen=True)
class KindChoice:
    """One kind, and until when those called would answer, come and be done if it were blown now."""

    kind: WhistleKind
    chosen: bool
    acknowledge_by: datetime
    arrive_by: datetime
    done_by: datetime


@dataclass(frozen=True)
class CalleeChoice:
    """One that may be called, by which kinds of whistle."""

    field: str
    code: str
    name: str
    group: str
    kinds: tuple[WhistleKind, ...]
    chosen: bool

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


class WhistleForm(VerbForm):
    """Kinds and callees as choices to look at, the lead chosen among the callees instead of by code."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = [(one.code, one.name) for one in self._parties()]
        self.fields["lead"] = forms.ChoiceField(
            label=self.fields["lead"].label,
            choices=[("", gettext_lazy("The first of those called")), *names],
            required=False,
        )

    def kinds(self) -> Iterator[KindChoice]:
        """The three kinds with their times from now on."""
        worktime = worktime_of(self.issue.district_id)
        for kind in KINDS:
            ends = {
                f"{clock}_by": worktime.due(self.now, clock_span(kind.key, clock)).at
                for clock in ("acknowledge", "arrive", "done")
            }
            yield KindChoice(kind, chosen=self["kind"].value() == kind.key, **ends)

    def callees(self) -> Callees:
        """All that may be called from here, units first."""
        found = Callees([], [])
        level = caller_level(self.issue)
        for name in ("units", "bodies"):
            chosen = {str(code) for code in (self[name].value() or ())} if name in self.fields else set()
            for one in self._named(name):
                kinds = tuple(kind for kind in KINDS if one.kind in callable_by(level, kind.key))
                group = found.urgent if all(kind.urgent for kind in kinds) else found.usual
                group.append(
                    CalleeChoice(name, one.code, one.name, one.get_kind_display(), kinds, one.code in chosen)
                )
        return found

    def _parties(self) -> list[Any]:
        return [*self._named("units"), *self._named("bodies")]

    def _named(self, name: str) -> Any:
        """Asked of the database once per form."""
        return self.fields[name].queryset if name in self.fields else ()
