"""Kinds of long work: a registry that each app fills. How jobs are run stands in trail/job_actions.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A trail.models.Job, which in turn knows this module.
Job = Any
# Does ONE chunk (well below a second of work) inside the caller's transaction, moves `cursor`, `done`, `total`
# and `report` of the job it is given, and returns whether there is more to do.
Step = Callable[[Job, datetime], bool]


@dataclass(frozen=True)
class Cell:
    """A text of a report, with a link where the reader may follow it."""

    text: Any
    link: str = ""


@dataclass(frozen=True)
class Report:
    """What a job's page says of its outcome: facts, and a table of which `more` rows were only counted."""

    facts: Sequence[tuple[Any, Any]] = ()
    columns: Sequence[Any] = ()
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)
    more: int = 0


# (job, reader, now) → its report for this reader. A fact may be a Cell.
Show = Callable[[Job, Any, datetime], Report]


@dataclass(frozen=True)
class Kind:
    """`seen_with`: capabilities of which one shows all jobs of the kind in the district where it is held; who
    ordered one always sees it. `shared`: one without a district concerns several, and is shown in all of them."""

    key: str
    label: StrOrPromise
    step: Step
    seen_with: tuple[str, ...]
    show: Show | None = None
    shared: bool = False


@dataclass(frozen=True)
class State:
    key: str
    label: StrOrPromise
    badge: str


KINDS: dict[str, Kind] = {}
STATES = (
    State("waiting", pgettext_lazy("job", "Waiting"), "secondary"),
    State("running", pgettext_lazy("job", "Running"), "info"),
    State("done", pgettext_lazy("job", "Done"), "success"),
    State("failed", pgettext_lazy("job", "Failed"), "danger"),
)
STATE = {state.key: state for state in STATES}
# What `last_error` says of a job whose workers were lost every time; anything else names an error and its place.
LOST = "lost"
REASONS: dict[str, StrOrPromise] = {LOST: _("The worker that did it was lost every time.")}


def job(
    key: str,
    label: StrOrPromise,
    *,
    seen_with: tuple[str, ...] = (),
    show: Show | None = None,
    shared: bool = False,
) -> Callable[[Step], Step]:
    """Register a function as the step of a kind of job. Call it once, where every process imports it."""

    def register(step: Step) -> Step:
        KINDS[key] = Kind(key, label, step, seen_with, show, shared)
        return step

    return register


def kind_label(key: str) -> str:
    """What the work is called; one that a later version brought shows its key."""
    return str(KINDS[key].label) if key in KINDS else key


def job_state_choices() -> list[tuple[str, StrOrPromise]]:
    """For the model's field."""
    return [(state.key, state.label) for state in STATES]
