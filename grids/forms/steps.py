"""What all forms here have in common: one subject, one capability, one action."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from grids.actions.authority import allows
from grids.models import Body, Post, Unit
from grids.naming import MOST_NAMESAKES, likely_people, people_meant, where_they_serve
from trail import moments
from trail.idempotency import OnceForm

Subject = Unit | Body | Post | None


class StepForm(OnceForm):
    """One thing that one may do with a subject now. `key` is its address, `label` its button."""

    key: ClassVar[str]
    label: ClassVar[Any]
    capability: ClassVar[str] = "manage_units"
    danger: ClassVar[bool] = False
    # Whether what it means for others is shown before it is done; then `preview` says it.
    previewed: ClassVar[bool] = False

    def __init__(self, subject: Any, user: Any, now: datetime, data: Any = None) -> None:
        super().__init__(data, prefix=self.key, label_suffix="")
        self.subject, self.user, self.now = subject, user, now
        # Read once, and only where a page shows it.
        offered = SimpleLazyObject(lambda: likely_people(self.near(), user, now))
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.asked_by, field.now, field.widget.offered = user, now, offered
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the subject."""

    def near(self) -> Unit | Body | None:
        """Around where people are offered to be named; None: around whoever asks."""
        place = place_of(self.subject)
        return place if isinstance(place, Unit | Body) else None

    @classmethod
    def fits(cls, subject: Any) -> bool:
        """Whether such a subject can have this done at all."""
        return True

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """Whether this person may do it; the action asks again."""
        return cls.fits(subject) and allows(user, cls.capability, place_of(subject), now)

    def preview(self) -> Iterable[tuple[Any, Any]]:
        """What a valid form would do, as facts."""
        raise NotImplementedError

    def act(self) -> Any:
        """Call the one action; return its subject."""
        raise NotImplementedError


def place_of(subject: Any) -> Unit | Body | None:
    """Where a subject stands: a post at its unit or body, everything else is a place itself."""
    return subject.place if isinstance(subject, Post) else subject


class Suggesting(forms.TextInput):
    """A line with suggestions that the browser offers while one writes; without them it is a line."""

    def __init__(self, offered: Iterable[tuple[str, str]] = (), **options: Any) -> None:
        self.offered = tuple(offered)
        super().__init__(**options)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = dict(attrs or {})
        list_id = f"{attrs.get('id', name)}-offered"
        line = super().render(name, value, attrs | {"list": list_id, "autocomplete": "off"}, renderer)
        rows = format_html_join("", '<option value="{}">{}</option>', self.offered)
        return format_html('{}<datalist id="{}">{}</datalist>', line, list_id, rows)


class PersonField(forms.CharField):
    """Somebody by their sign-in name, or by their name where one alone is called so; becomes the account. The form says
    who asks, and when."""

    asked_by: Any = None
    now: Any = None

    default_error_messages: ClassVar[dict[str, Any]] = {
        "unknown": _(
            "Nobody whom you may name is called so: choose one of those offered, or write a sign-in name."
        ),
        "several": _("Several people are called so: write the sign-in name of the one you mean."),
    }

    def __init__(self, **options: Any) -> None:
        usual = {"label": _("Name or sign-in name"), "widget": Suggesting()}
        super().__init__(max_length=60, **usual | options)

    def clean(self, value: Any) -> User | None:
        said = super().clean(value)
        if not said:
            return None
        found = people_meant(said, self.asked_by, self.now)
        if not found:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        if len(found) > 1:
            several = forms.ValidationError(self.error_messages["several"], code="several")
            raise forms.ValidationError([several, *self._namesakes(found)])
        return found[0]

    def _namesakes(self, people: list[User]) -> Iterable[str]:
        """A line for each: what to write, and where they serve."""
        for person, posts in where_they_serve(people[:MOST_NAMESAKES], self.asked_by, self.now):
            yield " · ".join([person.username, *(posts or [_t("no post here")])])
        if len(people) > MOST_NAMESAKES:
            yield "…"


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class MomentField(moments.MomentField):
    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)


class TimeField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)
