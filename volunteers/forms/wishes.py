"""What those who wish, who fulfil wishes and who review them are asked on their phones."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from trail.idempotency import reason_of
from trail.refusals import Refused
from volunteers.contacts import LONGEST_PERSON
from volunteers.forms.facts import LONGEST_PHONE
from volunteers.forms.phone import Button
from volunteers.wish_ties import Claimer
from volunteers.wishes import (
    LEAST_DAYS,
    LONGEST_ALIAS,
    LONGEST_TEXT,
    LONGEST_WORDS,
    MOST_DAYS,
    OCCASIONS,
    Verb,
    holds_number,
)
from volunteers.words import choices

# Refusals of a new wish → the question that they are about; of "number" see `explain_wish`.
BESIDE = {"closed_place": "place", "not_yours": "place"}
# Verb → what is asked in words, and who reads the answer.
ASKED = {
    "refuse": (
        _("Why is it not accepted?"),
        _("The wisher reads it. Say what would be possible, or who can help instead."),
    ),
    "give_back": (
        _("Why is it given back?"),
        _("The community reads it. Name no persons."),
    ),
    "fulfil": (_("What was done"), _("The wisher and the community read it. Name no persons.")),
    "send_back": (
        _("What is still missing?"),
        _("Whoever claimed it reads it. Name no persons, no telephone."),
    ),
    "thank": (
        _("Your words of thanks"),
        _("Whoever fulfilled it reads them, and so does everybody: no names, no numbers."),
    ),
    "cancel": (
        _("Why is it called off?"),
        _("The wisher and whoever claimed it read it. Name no persons."),
    ),
}


class WishForm(Button):
    """A wish under an alias; name and number are for the community alone."""

    text = forms.CharField(
        label=_("What is wished for"),
        min_length=2,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Something small that a neighbour can do or bring, for instance: reading glasses, somebody to change a lamp. "
            "Everybody reads it: no full names, no telephone, card or door numbers."
        ),
    )
    alias = forms.CharField(
        label=pgettext_lazy("wish", "Alias"),
        max_length=LONGEST_ALIAS,
        help_text=_("Under this name others read the wish, for instance: Sunflower. Not the real name."),
    )
    place = forms.ChoiceField(
        label=_("Where the wisher lives"), help_text=_("The grid is exact enough; no building is kept.")
    )
    name = forms.CharField(
        label=pgettext_lazy("wisher", "Name"),
        max_length=LONGEST_PERSON,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only for the community, to arrange how it is fulfilled."),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=LONGEST_PHONE,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    consent = forms.BooleanField(label=_("I agree that others read my wish under the alias."))

    def __init__(
        self, places: Sequence[Unit], *args: Any, for_somebody: bool = False, **options: Any
    ) -> None:
        """`places`: where the wisher may live; of somebody else only where the reader writes wishes down."""
        super().__init__(*args, **options)
        self.places, self.for_somebody = {unit.code: unit for unit in places}, for_somebody
        fields: Any = self.fields
        fields["place"].choices = [
            (code, _("the whole community") if unit.kind == "community" else unit.name)
            for code, unit in self.places.items()
        ]
        if for_somebody:
            fields["consent"].label = _(
                "The wisher was asked, and agrees that others read it under the alias."
            )
            fields["phone"].widget.attrs["autocomplete"] = "off"

    def arguments(self) -> dict[str, Any]:
        """For `make_wish`."""
        told = {name: self.cleaned_data[name] for name in ("text", "alias", "name", "phone", "consent")}
        return told | {"unit": self.places[self.cleaned_data["place"]], "on_behalf": self.for_somebody}


def explain_wish(form: forms.Form, refused: Refused) -> None:
    """Put the refusal of a new wish beside the question that it is about."""
    name: str | None = BESIDE.get(refused.code, refused.code)
    if refused.code == "number":
        name = "alias" if holds_number(form.cleaned_data.get("alias", "")) else "text"
    form.add_error(name if name in form.fields else None, reason_of(refused))


class StepForm(Button):
    """What a verb asks: words, the days that whoever claims it has, or for whom one claims it."""

    def __init__(
        self,
        verb: Verb,
        *args: Any,
        days: int = 0,
        claimers: Mapping[str, Claimer] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.verb, self.claimers = verb, dict(claimers or {})
        if verb.words:
            self.fields["text"] = _words(verb)
        if verb.key == "accept":
            self.fields["days"] = forms.IntegerField(
                label=_("Days for whoever claims it"),
                min_value=LEAST_DAYS,
                max_value=MOST_DAYS,
                initial=days,
                help_text=_("From the day of the claim; after that others may claim it."),
            )
        if verb.key == "claim":
            self.fields["claimer"] = self._who()

    def _who(self) -> forms.ChoiceField:
        """Chosen already where there is no choice."""
        found = [(key, _claims_as(one)) for key, one in self.claimers.items()]
        only = len(found) == 1
        return forms.ChoiceField(
            label=_("Who fulfils it"),
            choices=found,
            initial=found[0][0] if found else "",
            widget=forms.HiddenInput if only else forms.RadioSelect,
        )

    def arguments(self) -> dict[str, Any]:
        """For the verb's action."""
        told = {name: self.cleaned_data[name] for name in ("text", "days") if name in self.fields}
        if "claimer" in self.fields:
            told["claimer"] = self.claimers[self.cleaned_data["claimer"]]
        return told


class LookForm(forms.Form):
    """On what occasion somebody looks at the wisher's contact. Without a key: every look is one of its own."""

    occasion = forms.ChoiceField(label=_("Occasion"), choices=choices(OCCASIONS))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)


def explain_step(form: forms.Form, refused: Refused) -> None:
    """Put the refusal of a verb beside the question that it is about."""
    name = {"number": "text"}.get(refused.code, refused.code)
    is_seen = name in form.fields and not form.fields[name].widget.is_hidden
    form.add_error(name if is_seen else None, reason_of(refused))


def keyed(claimers: Sequence[Claimer]) -> dict[str, Claimer]:
    """Each with a key of its own: what it is, and its number."""
    return {f"{one._meta.model_name}-{one.pk}": one for one in claimers}


def _words(verb: Verb) -> forms.CharField:
    label, help_text = ASKED[verb.key]
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=verb.words == "reason",
        min_length=2 if verb.words == "reason" else None,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _claims_as(claimer: Claimer) -> Any:
    """What one reads before one's own choice."""
    if claimer._meta.model_name in {"volunteer", "user"}:
        return pgettext_lazy("who claims", "I myself")
    return str(claimer)
