"""What whoever runs volunteering does at a desk with goods for points: offered, put aside, handed out, taken back."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from volunteers.actions import goods, redeem
from volunteers.forms.desk import DeskForm, OfVolunteer
from volunteers.forms.desk_fields import lines
from volunteers.models import Good, PointAccount, Redemption, Station
from volunteers.models.goods import MOST_PRICE

# Digits with blanks or dashes between them.
LONGEST_CODE = 20


class StationField(forms.ModelChoiceField):
    def __init__(self) -> None:
        super().__init__(Station.objects.none(), label=_("Volunteer service station"))

    def offer(self, rows: Any) -> None:
        """Choose among these; where there is one alone it is chosen."""
        self.queryset = rows.select_related("unit").defer("unit__boundary").order_by("name", "pk")
        first = list(self.queryset[:2])
        if len(first) == 1:
            self.initial = first[0].pk

    def label_from_instance(self, obj: Station) -> str:
        return f"{obj.name} · {obj.unit.name}"


# --- goods ----------------------------------------------------------------------------------------------------
class _GoodFacts(forms.Form):
    name = forms.CharField(label=_("Name"), min_length=2, max_length=goods.LONGEST_NAME)
    about = lines(
        _("Description"),
        goods.LONGEST_ABOUT,
        required=False,
        help_text=_("Everybody can read it. Name no persons."),
    )
    price = forms.IntegerField(label=_("Price in points"), min_value=1, max_value=MOST_PRICE)
    per_person = forms.IntegerField(
        label=_("At most per person (0: no bound)"),
        min_value=0,
        max_value=goods.MOST_PER_PERSON,
        initial=0,
    )


class OfferGood(_GoodFacts, DeskForm):
    key, label = "new", _("Offer a good")
    station = StationField()
    stock = forms.IntegerField(
        label=_("How many are there already"), min_value=0, max_value=goods.MOST_AT_ONCE, initial=0
    )
    field_order = ("station", "name", "price", "stock", "per_person", "about")

    def prepare(self) -> None:
        field: Any = self.fields["station"]
        field.offer(Station.objects.open().run_by(self.user, self.now))

    def act(self) -> Good:
        return goods.add_good(**self.arguments())


class OfGood(DeskForm):
    """`wants_open`: only of what is offered, or only of what is not; None: of either."""

    wants_open: bool | None = None

    @classmethod
    def where(cls, subject: Any) -> Unit:
        return subject.station.unit

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return cls.wants_open is None or cls.wants_open == subject.is_open


class ChangeGood(_GoodFacts, OfGood):
    key, label = "change", pgettext_lazy("good", "Change the good")
    field_order = ("name", "price", "per_person", "about")

    def prepare(self) -> None:
        for name in _GoodFacts.base_fields:
            self.fields[name].initial = getattr(self.subject, name)
        self.fields["price"].help_text = _("It holds for what is put aside from now on.")

    def act(self) -> Good:
        return goods.change_good(self.subject, **self.arguments())


class _OfStock(OfGood):
    kind: str

    def act(self) -> Good:
        amount = self.cleaned_data["amount"]
        return goods.move_stock(self.subject, amount, kind=self.kind, by=self.user, now=self.now)


class Deliver(_OfStock):
    key, kind, label = "deliver", "delivery", _("Something was delivered")
    amount = forms.IntegerField(label=_("How many came"), min_value=1, max_value=goods.MOST_AT_ONCE)


class CountAnew(_OfStock):
    """Also what was broken, lost or given away otherwise."""

    key, kind, label = "count", "count", _("Put the stock right after a count")
    amount = forms.IntegerField(
        label=_("By how many it differs"),
        min_value=-goods.MOST_AT_ONCE,
        max_value=goods.MOST_AT_ONCE,
        help_text=_("-2 for two fewer, 2 for two more. What is put aside for somebody is not in the stock."),
    )


class CloseGood(OfGood):
    key, label, danger, wants_open = "close", pgettext_lazy("good", "Offer it no more"), True, True
    sure = forms.BooleanField(
        label=_("Nobody can put it aside any more."),
        help_text=_("What is put aside already may still be collected."),
    )

    def act(self) -> Good:
        return goods.close_good(self.subject, by=self.user, now=self.now)


class OpenGood(OfGood):
    key, label, wants_open = "open", pgettext_lazy("good", "Offer it again"), False

    def act(self) -> Good:
        return goods.open_good(self.subject, by=self.user, now=self.now)


GOOD_FORMS = (ChangeGood, Deliver, CountAnew, OpenGood, CloseGood)


# --- put aside ------------------------------------------------------------------------------------------------
class PutAside(OfVolunteer):
    """For somebody who does not sign in; whoever does redeems by themselves."""

    key, label = "put_aside", _("Put a good aside for their points")
    good = forms.ModelChoiceField(Good.objects.none(), label=pgettext_lazy("for points", "Good"))

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.user_id is None and super().fits(subject)

    def prepare(self) -> None:
        field: Any = self.fields["good"]
        theirs = Good.objects.open().run_by(self.user, self.now).filter(district=self.subject.district_id)
        field.queryset = theirs.filter(stock__gt=0).select_related("station").order_by("name", "pk")
        field.label_from_instance = _priced
        field.help_text = _t("They have %(points)d points. Tell them the code that the next page shows.") % {
            "points": points_kept(self.subject, self.user, self.now)
        }

    def act(self) -> Redemption:
        told = self.cleaned_data
        return redeem.reserve_good(told["good"], volunteer=self.subject, by=self.user, now=self.now)


def _priced(good: Good) -> str:
    return _t("%(good)s · %(price)d points · %(station)s") % {
        "good": good.name,
        "price": good.price,
        "station": good.station.name,
    }


def points_kept(volunteer: Any, user: Any, now: datetime) -> int:
    """What somebody has who cannot look by themselves, for whoever keeps them; 0 for others."""
    kept = PointAccount.objects.kept_by(user, now).filter(volunteer=volunteer.pk)
    return kept.values_list("balance", flat=True).first() or 0


# --- redemptions ----------------------------------------------------------------------------------------------
class HandOut(DeskForm):
    """`handed`: what is to be handed over now."""

    key, label = "new", _("Hand out by code")
    handed: Redemption | None = None
    station = StationField()
    code = forms.CharField(
        label=_("Collection code"),
        max_length=LONGEST_CODE,
        help_text=_("The six digits that the person shows. The next page says what to hand over."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def prepare(self) -> None:
        waits = Redemption.objects.waiting().order_by().values("station")
        field: Any = self.fields["station"]
        there = Station.objects.run_by(self.user, self.now)
        field.offer(there.filter(Q(closed_at=None) | Q(pk__in=waits)))

    def act(self) -> Redemption:
        self.handed = redeem.collect_good(**self.arguments())
        return self.handed


class OfRedemption(DeskForm):
    """`state`: from which; `own`: also of what is one's own."""

    state: str
    own = True

    @classmethod
    def where(cls, subject: Any) -> Unit:
        return subject.station.unit

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.state == cls.state

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return (cls.own or not subject.is_of(user)) and super().offered(subject, user, now)


class Release(OfRedemption):
    key, label, danger, state = "release", _("Put it back on the shelf"), True, "reserved"
    sure = forms.BooleanField(
        label=_("It will not be collected."), help_text=_("The points go back, and the person is told.")
    )

    def act(self) -> Redemption:
        return redeem.release_redemption(self.subject, by=self.user, now=self.now)


class TakeBack(OfRedemption):
    key, label, danger, state, own = "return", _("Take it back"), True, "collected", False
    sure = forms.BooleanField(
        label=_("The person has brought it back."), help_text=_("The points go back, and the person is told.")
    )
    on_shelf = forms.BooleanField(
        label=_("It goes back on the shelf."),
        required=False,
        initial=True,
        help_text=_("Not what is broken."),
    )

    def act(self) -> Redemption:
        on_shelf = self.cleaned_data["on_shelf"]
        return redeem.return_good(self.subject, by=self.user, now=self.now, on_shelf=on_shelf)


REDEMPTION_FORMS = (Release, TakeBack)
