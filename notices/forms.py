"""Forms of webhooks: one action each. A secret is shown once, on the answer to the form that made it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.actions.authority import allows
from grids.forms.steps import StepForm
from grids.models import Unit
from grids.querysets import units_seen
from notices import webhook_actions as actions
from notices.addresses import LONGEST
from notices.models import Message, Subscription
from notices.querysets import CONNECTS
from notices.webhook_actions import Wanted, account_named
from trail.feeds import event_types
from trail.refusals import Refused
from trail.words import subject_label


class WebhookForm(StepForm):
    """`shown`: the subscription whose secret the answer shows, if any."""

    capability = CONNECTS
    shown: Subscription | None = None

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        """Whoever connects systems where it is told of."""
        subscription = subject.subscription if isinstance(subject, Message) else subject
        fits = subscription.ended_at is None and cls.fits(subject)
        return fits and allows(user, CONNECTS, subscription.unit, now)


class _Facts(WebhookForm):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Of the other system, for instance: city hotline.")
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Where it receives, beginning with https://."),
    )
    account = forms.CharField(
        label=_("Account whose sight it has"),
        max_length=60,
        help_text=_("Sign-in name. It is told what this account may see, and nothing else."),
    )
    types = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("None chosen: all."),
    )

    def prepare(self) -> None:
        self.fields["types"].choices = _by_subject(event_types())  # type: ignore[attr-defined]
        if isinstance(self.subject, Subscription):
            known = {name: getattr(self.subject, name) for name in ("name", "address", "types")}
            self.initial = known | {"account": self.subject.account.username}

    def place(self) -> Unit:
        """Where it is told of. Raises Refused."""
        return self.subject.unit

    def read_first(self) -> None:
        self.refused: Refused | None = None
        if self.is_valid():
            try:
                actions.look_up_address(self.wanted(), unit=self.place(), by=self.user, now=self.now)
            except Refused as refused:
                self.refused = refused

    def looked_up(self) -> Wanted:
        """What the form asks for. Raises Refused where its address leads nowhere."""
        if self.refused:
            raise self.refused
        return self.wanted()

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(data["name"], data["address"], account_named(data["account"]), data["types"])


def _by_subject(types: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Choices under the kinds of subjects that they happen to."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for key, label in types.items():
        groups.setdefault(subject_label(key.partition(".")[0]), []).append((key, label))
    return list(groups.items())


class AddSubscription(_Facts):
    key, label = "add", _("Add a webhook")
    field_order = ("name", "address", "unit", "account", "types")
    unit = forms.CharField(
        label=_("Unit"), max_length=40, help_text=_("Its code. It is told what happens there and below.")
    )

    def place(self) -> Unit:
        return unit_with(self.cleaned_data["unit"], self.user, self.now)

    def act(self) -> Subscription:
        wanted, unit = self.looked_up(), self.place()
        self.shown = actions.add_subscription(wanted, unit=unit, by=self.user, now=self.now)
        return self.shown


class ChangeSubscription(_Facts):
    key, label = "change", _("Change")

    def act(self) -> Subscription:
        return actions.change_subscription(self.subject, self.looked_up(), by=self.user, now=self.now)


class Ping(WebhookForm):
    key, label = "ping", _("Send a ping")

    def act(self) -> Subscription:
        return actions.ping_subscription(self.subject, by=self.user, now=self.now).subscription


class RotateSecret(WebhookForm):
    key, label = "rotate", _("New secret")
    sure = forms.BooleanField(
        label=_("The receiver gets a new secret."),
        help_text=_("For 24 hours messages are signed with the old one too."),
    )

    def act(self) -> Subscription:
        self.shown = actions.rotate_secret(self.subject, by=self.user, now=self.now)
        return self.shown


class Pause(WebhookForm):
    key, label = "pause", pgettext_lazy("webhook", "Pause")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.paused_at is None

    def act(self) -> Subscription:
        return actions.pause_subscription(self.subject, by=self.user, now=self.now)


class Resume(WebhookForm):
    key, label = "resume", pgettext_lazy("webhook", "Resume")
    from_now = forms.BooleanField(
        label=_("Leave out what has happened meanwhile."),
        required=False,
        help_text=_("Else it goes on where it stood, in order."),
    )

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.paused_at is not None

    def act(self) -> Subscription:
        return actions.resume_subscription(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class ResendDead(WebhookForm):
    key, label = "resend", _("Send again what was given up")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.messages.dead().exists()

    def act(self) -> Subscription:
        actions.resend_dead(self.subject, by=self.user, now=self.now)
        return self.subject


class EndSubscription(WebhookForm):
    key, label, danger = "end", pgettext_lazy("webhook", "End"), True
    sure = forms.BooleanField(label=_("It is told nothing any more, for good."))

    def act(self) -> Subscription:
        return actions.end_subscription(self.subject, by=self.user, now=self.now)


class ResendMessage(WebhookForm):
    key, label = "again", _("Send again")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.state != "queued"

    def act(self) -> Message:
        return actions.resend_message(self.subject, by=self.user, now=self.now)


SUBSCRIPTION_FORMS: tuple[type[WebhookForm], ...] = (
    Ping,
    Resume,
    ResendDead,
    ChangeSubscription,
    RotateSecret,
    Pause,
    EndSubscription,
)


def unit_with(code: str, user: Any, now: Any) -> Unit:
    """The unit with this code, if the person sees it. Raises Refused("unit")."""
    found = units_seen([code.strip()], user, now)
    if not found:
        raise Refused(_("There is no unit with this code here."), code="unit")
    return found[0]
