"""What whoever runs volunteering does with wishes at a desk: written down for somebody, reviewed, confirmed, thanked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues.kinds import choices
from volunteers.actions.wishers import erase_wisher, reveal_wisher
from volunteers.actions.wishes import PERFORM, make_wish
from volunteers.contacts import LONGEST_PERSON
from volunteers.forms.desk import DeskForm, PlaceField
from volunteers.forms.desk_fields import VolunteerField, lines
from volunteers.forms.facts import LONGEST_PHONE
from volunteers.models import CheckIn, Organisation, Wish, Wisher
from volunteers.querysets import reads_contact
from volunteers.wish_ties import Claimer, claimers_of, seen_facts
from volunteers.wishes import (
    LEAST_DAYS,
    LONGEST_ALIAS,
    LONGEST_TEXT,
    LONGEST_WORDS,
    MOST_DAYS,
    OCCASIONS,
    VERB,
    Facts,
    refusal,
)

MOST_ORGANISATIONS = 300


class MakeWish(DeskForm):
    """For somebody who has said what they wish for, and that others may read it."""

    key, label = "new", _("Write down a wish")
    unit = PlaceField("community", "grid", label=_("Where the wisher lives"))
    alias = forms.CharField(
        label=_("Alias under which others read the wish"),
        max_length=LONGEST_ALIAS,
        help_text=_("One that does not give the real name away."),
    )
    text = lines(
        _("What is wished for"),
        LONGEST_TEXT,
        min_length=2,
        help_text=_("Everybody can read it: no names, no numbers, no address."),
    )
    name = forms.CharField(label=_("Name of the wisher"), max_length=LONGEST_PERSON, required=False)
    phone = forms.CharField(
        label=_("Mobile number of the wisher"),
        max_length=LONGEST_PHONE,
        required=False,
        help_text=_(
            "Name and number may be left out. They are kept encrypted, every look at them is recorded, and they are "
            "erased half a year after the wish has ended."
        ),
    )
    consent = forms.BooleanField(label=_("The wisher agrees that others read the wish under the alias."))

    def act(self) -> Wish:
        return make_wish(on_behalf=True, **self.arguments())[0]


def facts_at(subject: Any, user: Any, now: datetime) -> Facts:
    """What the table asks of somebody at a desk; kept with the subject, for all of its forms. They may claim it for
    somebody: for whom says the form."""
    kept = getattr(subject, "facts_here", None)
    if kept is None:
        kept = seen_facts(subject, user, now, frozenset({subject.district_id}))
        subject.facts_here = kept
    return kept


class OfWish(DeskForm):
    """`verb`: its row in the table of volunteers.wishes."""

    verb: ClassVar[str]

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return not refusal(cls.verb, facts_at(subject, user, now))

    def act(self) -> Wish:
        told = {name: value for name, value in self.arguments().items() if name != "sure"}
        return PERFORM[self.verb](self.subject, **told)


class Accept(OfWish):
    key = verb = "accept"
    label = VERB["accept"].label
    days = forms.IntegerField(
        label=_("Days for whoever claims it"),
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        help_text=_("Everybody can read the wish from now on: no names, no numbers, no address."),
    )

    def prepare(self) -> None:
        self.fields["days"].initial = self.subject.days


class ClaimFor(OfWish):
    """For oneself, for whom one speaks, and for those of the district who have no account."""

    key, verb, label = "claim", "claim", _("Claim for somebody")
    who = forms.ChoiceField(label=_("Organisation, or yourself"), required=False)
    volunteer = VolunteerField(
        label=_("Or a volunteer who does not sign in"),
        required=False,
        help_text=_("Alias, whole mobile number, or the number of their record with # before it."),
    )

    def prepare(self) -> None:
        told = {f"{one._meta.model_name}-{one.pk}": one for one in self._claimers()}
        self.claimers = told
        field: Any = self.fields["who"]
        field.choices = [("", "—"), *((key, shown(one)) for key, one in told.items())]

    def _claimers(self) -> Iterator[Claimer]:
        district = self.subject.district_id
        yield from claimers_of(self.user, district, self.now)
        kept = Organisation.objects.open().filter(speaker=None, body=None, district=district)
        there = CheckIn.objects.current().organisations().filter(district=district).order_by()
        yield from kept.filter(pk__in=there.values("organisation")).order_by("name", "pk")[
            :MOST_ORGANISATIONS
        ]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        chosen = self.claimers.get(told.pop("who", ""))
        volunteer = told.pop("volunteer", None)
        if not self.errors and bool(chosen) == bool(volunteer):
            raise forms.ValidationError(_t("Choose an organisation or name a volunteer: one of the two."))
        return told | {"claimer": chosen or volunteer}


def shown(claimer: Claimer) -> str:
    """How a claimer is named to others: a volunteer by the alias, an organisation or body by its name."""
    return getattr(claimer, "shown_name", None) or str(claimer)


# --- verbs that take nothing but words ------------------------------------------------------------------------
HELP = {
    "refuse": _("The wisher reads this."),
    "give_back": _("Whoever has claimed it reads this. Others may claim it then."),
    "send_back": _("Whoever has claimed it reads this, and has the same number of days once more."),
    "thank": _("Whoever has fulfilled it reads this: the wisher's words, no names."),
    "cancel": _("The wisher reads this, and whoever has claimed it."),
}
# These end the wish, or take it from whoever has it.
SURE = {
    "refuse": _("This wish is not accepted."),
    "give_back": _("It is taken from whoever has claimed it."),
    "withdraw": _("It is not wished for any more."),
    "cancel": _("This wish is called off for good."),
}
WORDS = {"thank": _("Thanks"), "fulfil": _("What was done")}


def form_of(verb: str) -> type[OfWish]:
    """The form of a verb that asks for words at most, and whether one is sure where it does harm."""
    row, fields = VERB[verb], {}
    if row.words:
        must = row.words == "reason"
        least = 2 if must else None
        label, text = WORDS.get(verb, _("Why")), HELP.get(verb, "")
        fields["text"] = lines(label, LONGEST_WORDS, min_length=least, required=must, help_text=text)
    if verb in SURE:
        fields["sure"] = forms.BooleanField(label=SURE[verb])
    told = {"key": verb, "verb": verb, "label": row.label, "danger": verb in SURE, "__module__": __name__}
    return type(verb.title().replace("_", ""), (OfWish,), told | fields)


# --- the wisher's contact -------------------------------------------------------------------------------------
class _OfContact(DeskForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.contact and not subject.contact.erased_at)


class Reveal(_OfContact):
    """`shown`: what stands on this very answer."""

    key, label = "reveal", _("Show name and number")
    occasion = forms.ChoiceField(label=_("Occasion"), choices=choices(OCCASIONS))
    shown: Wisher | None = None

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """Whoever only sets up reads no numbers."""
        return cls.fits(subject) and reads_contact(user, subject, now)

    def act(self) -> Wish:
        self.shown = reveal_wisher(self.subject, **self.arguments())
        return self.subject


class EraseContact(_OfContact):
    key, label, danger = "erase", pgettext_lazy("contact", "Erase name and number"), True
    sure = forms.BooleanField(
        label=_("The wisher has asked for it, and knows that it cannot be undone."),
        help_text=_("The wish goes on; nobody can call the wisher any more."),
    )

    def act(self) -> Wish:
        erase_wisher(self.subject, by=self.user, now=self.now)
        return self.subject


OWN = {"accept": Accept, "claim": ClaimFor}
WISH_FORMS = (*(OWN.get(verb) or form_of(verb) for verb in VERB), Reveal, EraseContact)
