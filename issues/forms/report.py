"""Reporting: what a resident is asked, and what somebody on duty may add."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from issues import kinds
from issues.actions import Contact
from issues.actions.naming import needed
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT, is_told_danger
from issues.districts import rules_of
from issues.forms.asked import asked_fields, field_name, pop_answers
from issues.forms.fields import CategoryField, InChargeField, PhotosField
from issues.limits import REPORTED_WITHIN
from issues.models import Category, Issue
from issues.policies import SHIPPED
from trail.idempotency import OnceForm
from trail.moments import MomentField

# Other systems have a door of their own.
SOURCES = [
    (word.key, word.label) for word in kinds.SOURCES if word.key != "api" and word.key not in kinds.OWN_WAYS
]


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
        self,
        *args: Any,
        place: Unit | None = None,
        now: datetime | None = None,
        around: Iterable[Unit] = (),
        **options: Any,
    ) -> None:
        """`place` and `now`: with them the rules of its district and street are asked too. `around`: where the
        place is one of several."""
        super().__init__(*args, **options)
        self.now = now
        places = [place] if place else list(around)
        self.rules = rules_of(places[0].district_id, now) if places and now else SHIPPED
        self.street = place.street_id if place else None
        category = CategoryField(
            label=_("What is it about?"),
            residents=self.for_residents,
            left_out=self.rules.out_of_use(self.street),
            own=self.rules.own,
        )
        self.fields = {"category": category} | self.fields
        if places:
            self.fields["about"] = InChargeField(places, now, names=not self.for_residents)
        if self.asks_questions:
            self.fields |= asked_fields(category.rows.values(), self.rules)
        chosen = self["category"].value() if self.is_bound else None
        for field in self.fields.values():
            field.counts = getattr(field, "category", None) is not None and field.category.key == chosen

    def tiles(self) -> list[dict[str, Any]]:
        """The categories as tiles, group by group, each with what is asked if it is chosen; `open` is the group that
        holds the chosen one."""
        chosen = self["category"].value()
        return [
            {
                "group": group,
                "open": any(row.key == chosen for row in group.categories),
                "tiles": [(row, row.key == chosen, self.asked(row)) for row in group.categories],
            }
            for group in self.fields["category"].groups
        ]

    def asked(self, category: Category) -> dict[str, Any]:
        """The category's questions as bound fields, and whether a photo, or whom it is about, is asked; empty for
        nothing."""
        questions = self.rules.questions_for(category.key, category.asked)
        names = [field_name(category, question) for question in questions]
        fields = [self[name] for name in names if name in self.fields]
        asked = {
            "fields": fields,
            "photo": self.rules.photo_for(category.key, self.street),
            "about": category.about_somebody,
        }
        return asked if any(asked.values()) else {}

    def clean(self) -> dict[str, Any]:
        """A category that is meant for complaints asks whom it is about."""
        given = super().clean()
        category = given.get("category")
        if category and category.about_somebody and not given.get("about") and "about" not in self.errors:
            self.add_error("about" if "about" in self.fields else None, str(needed()))
        return given

    @property
    def tells_danger(self) -> bool:
        """Of a form that was looked at, though it may not be fit to be sent: is it a danger, by its category or by
        an answer?"""
        category, given = self.cleaned_data.get("category"), dict(self.cleaned_data)
        return bool(category) and is_told_danger(category, pop_answers(given, self.fields), self.rules)

    def arguments(self) -> dict[str, Any]:
        """Cleaned answers, the contact as one value, whom it is about as the unit or body and the person."""
        answers = dict(self.cleaned_data)
        given = pop_answers(answers, self.fields)
        data = {key: value for key, value in answers.items() if value not in (None, "")}
        if self.asks_questions:
            data["answers"] = given
        if subject := data.pop("about", None):
            data |= {"about": subject.party, "about_person": subject.person}
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
        help_text=_(
            "Then that person rates it, not you. It is so of every call, visit, reception and chat message."
        ),
    )
    occurred_at = MomentField(
        label=_("When it was reported, if earlier"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_("At most a year ago. The time limits run from when you send this."),
    )

    def clean_occurred_at(self) -> datetime | None:
        """What lies further back than anybody puts down later is a typing error."""
        at: datetime | None = self.cleaned_data["occurred_at"]
        if at and self.now and at < self.now - REPORTED_WITHIN:
            raise forms.ValidationError(
                _("This is more than a year ago: check the date, or leave it empty for now."), code="past"
            )
        return at
