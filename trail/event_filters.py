"""What an auditor narrows the trail by: days, subject, what happened; and how words are searched for in it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from trail import words
from trail.numerals import read_whole

FROM, TO = "from", "to"
# Of whatever subject they are: what an auditor asks for first.
WATCHED = (("reveal", _("Contact data looked at")), ("export", _("List taken as a file")))


class SubjectFilter(admin.SimpleListFilter):
    title = _("subject")
    parameter_name = "subject_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, row.label) for key, row in words.SUBJECTS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class VerbFilter(admin.SimpleListFilter):
    """Of the subject that is chosen; without one what auditors ask for across all of them."""

    title = _("what happened")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = words.SUBJECTS.get(request.GET.get(SubjectFilter.parameter_name, ""))
        return list(chosen.verbs.items()) if chosen else list(WATCHED)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(verb=self.value()) if self.value() else queryset


class DaysFilter(admin.ListFilter):
    """From a day to another, both included: two fields of a form above the list (admin/trail/days.html)."""

    title = _("day")
    template = "admin/trail/no_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.days: dict[str, date] = {}
        for name in self.expected_parameters():
            if name in params and (text := _last(params.pop(name))):
                self.used_parameters[name] = text
                if day := _day(text):
                    self.days[name] = day
                else:
                    messages.error(request, _t("This is not a day: %(text)s") % {"text": text[:20]})

    def expected_parameters(self) -> list[str]:
        return [FROM, TO]

    def has_output(self) -> bool:
        """Else the list would not ask it; what is shown is the form above the list."""
        return True

    def choices(self, changelist: Any) -> list[Any]:
        return []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        first, last = self.days.get(FROM), self.days.get(TO)
        if first is None and last is None:
            return queryset
        return queryset.recorded_between(_start(first), _start(last + timedelta(days=1)) if last else None)


def found_by(text: str) -> Q:
    """Events of the subject with this number, of whom this sign-in name belongs to, or of a subject that its own app
    knows by this name, such as a work-order number."""
    text = text.strip()
    if (number := read_whole(text)) is not None:
        return Q(subject_id=number) | Q(actor__username=text)
    found = Q(actor__username=text)
    for subject, find in words.FINDERS.items():
        found |= Q(subject_type__in=subject, subject_id__in=list(find(text)))
    return found


def _last(given: Any) -> str:
    return str(given[-1] if isinstance(given, list) else given)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _start(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None
