"""Moments that are sent by forms and in addresses."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone


class InOurZone:
    """Beside a field for a moment: in the platform's own zone, whichever it was written in, since the database knows
    only offsets of less than sixteen hours. One at the very ends of the calendar is wrong input."""

    def to_python(self, value: Any) -> datetime | None:
        field: Any = super()
        found = field.to_python(value)
        try:
            return found and timezone.localtime(found)
        except OverflowError:
            told = forms.DateTimeField.default_error_messages["invalid"]
            raise forms.ValidationError(told, code="invalid") from None


class MomentField(InOurZone, forms.DateTimeField):
    """A moment in a form."""
