"""What all forms here have in common: one subject, one capability, one action."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from grids.actions.authority import allows
from grids.models import Body, Post, Unit
from grids.querysets import person_named
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
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.asked_by, field.now = user, now
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the subject."""

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


class PersonField(forms.CharField):
    """A sign-in name; becomes the account. The form says who asks, and when."""

    asked_by: Any = None
    now: Any = None

    default_error_messages: ClassVar[dict[str, Any]] = {
        "unknown": _("No open account has this sign-in name.")
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **{"label": _("Sign-in name")} | options)

    def clean(self, value: Any) -> User | None:
        name = super().clean(value)
        if not name:
            return None
        user = person_named(name, self.asked_by, self.now)
        if user is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return user


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class MomentField(forms.DateTimeField):
    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)


class TimeField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)
