"""Reporting: what a resident is asked, and what somebody on duty may add."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from issues import kinds
from issues.actions import Contact
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT
from issues.districts import rules_of
from issues.forms.asked import asked_fields, field_name, pop_answers
from issues.forms.fields import CategoryField, InChargeField, PhotosField
from issues.models import Category, Issue
from issues.policies import SHIPPED
from trail.idempotency import FIELD, OnceForm

# Other systems and alerts have doors of their own.
SOURCES = [(word.key, word.label) for word in kinds.SOURCES if word.key not in {"api", "alert"}]


class ReportForm(OnceForm):
    """What both are asked. `arguments()` is what report_issue takes by keyword."""

    for_residents = False
    asks_questions = True

    text = forms.CharField(
        label=_("What is the matter?"),
        min_length=SHORTEST_TEXT,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("You can speak: use the microphone of your keyboard."),
    )
    spot = forms.CharField(
        label=_("Where exactly?"),
        max_length=Issue._meta.get_field("spot").max_length,
        required=False,
        help_text=_("For example: second entrance, by the lift."),
    )
    photos = PhotosField(label=_("Photos"), required=False)
    contact_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60, required=False)
    contact_phone = forms.CharField(
        label=_("Telephone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )

    def __init__(
        self, *args: Any, place: Unit | None = None, now: datetime | None = None, **options: Any
    ) -> None:
        """`place` and `now`: with them the rules of its district and street are asked too."""
        super().__init__(*args, **options)
        self.rules = rules_of(place.district_id, now) if place and now else SHIPPED
        self.street = place.street_id if place else None
        category = CategoryField(
            label=_("What is it about?"),
            residents=self.for_residents,
            left_out=self.rules.out_of_use(self.street),
        )
        self.fields = {"category": category} | self.fields
        if place:
            self.fields["about"] = InChargeField(place)
        if self.asks_questions:
            self.fields |= asked_fields(category.rows.values())
        chosen = self["category"].value() if self.is_bound else None
        for field in self.fields.values():
            field.counts = getattr(field, "category", None) is not None and field.category.key == chosen

    def tiles(self) -> list[dict[str, Any]]:
        """The categories as tiles, group by group, each with what is asked if it is chosen."""
        chosen = self["category"].value()
        return [
            {
                "group": group,
                "tiles": [(row, row.key == chosen, self.asked(row)) for row in group.categories],
            }
            for group in self.fields["category"].groups
        ]

    def asked(self, category: Category) -> dict[str, Any]:
        """The category's questions as bound fields, and whether a photo is asked; empty for nothing."""
        names = [field_name(category, question) for question in category.asked]
        fields = [self[name] for name in names if name in self.fields]
        photo = self.rules.photo_for(category.key, self.street)
        return {"fields": fields, "photo": photo} if fields or photo else {}

    def arguments(self) -> dict[str, Any]:
        """Cleaned answers, the contact as one value."""
        answers = {key: value for key, value in self.cleaned_data.items() if key != FIELD}
        given = pop_answers(answers, self.fields)
        data = {key: value for key, value in answers.items() if value not in (None, "")}
        if self.asks_questions:
            data["answers"] = given
        data["contact"] = Contact(data.pop("contact_name", ""), data.pop("contact_phone", ""))
        return data


class ResidentReportForm(ReportForm):
    """For residents: only the categories that are offered to them."""

    for_residents = True


class StaffReportForm(ReportForm):
    """For somebody on duty, who may also register it on somebody's behalf."""

    source = forms.ChoiceField(label=_("How it came in"), choices=SOURCES, initial="patrol")
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("As the category says")), *kinds.choices(kinds.KINDS)],
        required=False,
    )
    on_behalf = forms.BooleanField(
        label=_("I register it for somebody else"),
        required=False,
        help_text=_("Then that person rates it, not you."),
    )
    occurred_at = forms.DateTimeField(
        label=_("When it was reported, if earlier"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_("The time limits run from then."),
    )
