"""Forms of service accounts: opening one, its name, its tokens, its end. A token is shown once."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions import CONNECTS, close_account, issue_token, rename_service, revoke_token
from accounts.models import Grant, ServiceAccount
from grids.actions.systems import open_service
from grids.forms.steps import StepForm
from grids.models import Body, Unit
from grids.roles import ROLES
from trail.scopes import SCOPES

# For how many days a token may be made to work, as far as the settings allow.
LASTING = ((30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (366, _("one year")))


class ServiceForm(StepForm):
    """`token`: what came of it, for the answer to this very request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.token = ""
        super().__init__(*args, **options)

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """Whoever connects systems, and whoever sets up."""
        return cls.fits(subject) and bool(user.is_superuser or user.has_perm(CONNECTS))


class OpenService(ServiceForm):
    key, label = "open", _("Open a service account")
    display_name = forms.CharField(
        label=_("Name shown"),
        max_length=60,
        help_text=_("The system, as people know it. It stands wherever it acts."),
    )
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "Nobody signs in with it; webhooks and the API call the account by it. It stays as it is."
        ),
    )
    role = forms.ChoiceField(
        label=_("Role"), help_text=_("What it may do, as a person with this post might.")
    )
    place = forms.CharField(
        label=_("At"),
        max_length=40,
        help_text=_("Code of the unit or body. It sees what a person there sees."),
    )

    def prepare(self) -> None:
        role: Any = self.fields["role"]
        role.choices = [(row.key, row.label) for row in ROLES.values() if not row.sole]

    def clean_place(self) -> Unit | Body:
        code = self.cleaned_data["place"].strip()
        for model in (Unit, Body):
            rows: Any = model._default_manager
            if code.isprintable() and (
                found := rows.visible_to(self.user, self.now).open().filter(code=code).first()
            ):
                return found
        raise forms.ValidationError(_("There is no open unit or body with this code."), code="unknown")

    def act(self) -> ServiceAccount:
        user = open_service(by=self.user, now=self.now, **self.cleaned_data)
        return ServiceAccount.objects.get(pk=user.pk)


class _OpenAccount(ServiceForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_active)


class RenameService(_OpenAccount):
    key, label = "rename", _("Rename")
    display_name = forms.CharField(
        label=_("Name shown"),
        max_length=60,
        help_text=_("The system, as people know it. It stands wherever it acts, in what is past too."),
    )

    def prepare(self) -> None:
        self.fields["display_name"].initial = self.subject.display_name

    def act(self) -> ServiceAccount:
        rename_service(self.subject, by=self.user, now=self.now, **self.cleaned_data)
        return self.subject


class AddToken(_OpenAccount):
    key, label = "token", _("Add a token")
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Where it is kept: one for each place, so that one can be revoked alone."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as will do, and never more than the post allows."),
    )
    days = forms.TypedChoiceField(label=_("It works for"), coerce=int, widget=forms.RadioSelect)

    def prepare(self) -> None:
        days: Any = self.fields["days"]
        most = settings.SERVICE_TOKEN_DAYS
        days.choices = [one for one in LASTING if one[0] <= most] or [
            (most, _("%(most)d days") % {"most": most})
        ]
        days.initial = days.choices[-1][0]

    def act(self) -> ServiceAccount:
        until = self.now + timedelta(days=self.cleaned_data["days"])
        chosen = {name: self.cleaned_data[name] for name in ("name", "scopes")}
        self.token = issue_token(self.subject, by=self.user, now=self.now, expires_at=until, **chosen)
        return self.subject


class RevokeToken(ServiceForm):
    key, label, danger = "revoke", _("Revoke a token"), True
    token_id = forms.TypedChoiceField(label=_("Token"), coerce=int, widget=forms.RadioSelect)
    sure = forms.BooleanField(label=_("What uses it stops working at once."))

    def prepare(self) -> None:
        tokens: Any = self.fields["token_id"]
        tokens.choices = [
            (grant.pk, f"{grant.name} · {grant.token.token_key[:8]}…")
            for grant in Grant.objects.of(self.subject)
        ]

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return Grant.objects.of(subject).exists()

    def act(self) -> ServiceAccount:
        grant = Grant.objects.of(self.subject).get(pk=self.cleaned_data["token_id"])
        revoke_token(grant.token, by=self.user, now=self.now)
        return self.subject


class CloseService(_OpenAccount):
    key, label, danger = "close", pgettext_lazy("account", "Close"), True
    sure = forms.BooleanField(
        label=_("This system is no longer connected."),
        help_text=_("All its tokens are revoked at once. A closed service account stays closed."),
    )

    def act(self) -> ServiceAccount:
        close_account(self.subject, by=self.user, now=self.now)
        return self.subject


SERVICE_FORMS: tuple[type[ServiceForm], ...] = (AddToken, RenameService, RevokeToken, CloseService)
