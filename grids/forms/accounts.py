"""Forms of accounts: opening them, one or many, and what happens to them later. Passwords are shown once."""

from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from knox.models import AuthToken

from accounts.actions import (
    MANAGES,
    NewAccount,
    change_account,
    close_account,
    open_account,
    open_accounts,
    reopen_account,
    revoke_tokens,
    set_first_password,
    unlink_identity,
)
from accounts.models import User
from accounts.passwords import new_password, quick_hash
from grids.forms.steps import StepForm
from grids.staff import HEADERS, MOST_CHARACTERS, MOST_ROWS, Staff, read_staff
from trail.texts import decode

LANGUAGES = [("", _("as the browser says")), *settings.LANGUAGES]
EXAMPLE = "username,name,phone,language,desk\nwangfang,王芳,138 0000 0000,,no"
LISTED_PROBLEMS = 50


class Slip(NamedTuple):
    """What is handed to a person, once."""

    display_name: str
    username: str
    password: str


class AccountForm(StepForm):
    """`slips`: first passwords that came of it, for the answer to this very request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slips: list[Slip] = []

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        """Whoever manages accounts; whom a superuser is to, is a superuser's."""
        if user.is_superuser:
            return cls.fits(subject)
        return user.has_perm(MANAGES) and not (subject and subject.is_superuser) and cls.fits(subject)

    def slip(self, user: User, password: str) -> User:
        self.slips.append(Slip(user.display_name, user.username, password))
        return user


class _Facts(AccountForm):
    display_name = forms.CharField(label=_("Name shown"), max_length=60)
    phone = forms.CharField(label=_("Mobile number"), max_length=30, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    is_staff = forms.BooleanField(
        label=_("May open the staff admin"),
        required=False,
        help_text=_("For work at a desk. Whoever works on a phone alone does not need it."),
    )


class OpenAccount(_Facts):
    key, label = "open", _("Open an account")
    field_order = ("username", "display_name", "phone", "language", "is_staff")
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Letters, digits and @ . + - _, for instance wangfang. It stays as it is."),
    )

    def act(self) -> User:
        password = new_password()
        user = open_account(by=self.user, now=self.now, password=password, **self.cleaned_data)
        return self.slip(user, password)


class OpenMany(AccountForm):
    """A CSV file, or lines copied out of a spreadsheet: all of them or none."""

    key, label = "many", _("Open many from a list")
    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt"}),
        help_text=_(
            "The first line names the columns: username and name, and if you like phone, language, desk (yes or no)."
        ),
    )
    rows = forms.CharField(
        label=_("or its lines, as copied from a spreadsheet"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": EXAMPLE, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        staff = read_staff(self._text(data))
        if not staff.problems:
            _blame_taken(staff)
        if staff.problems:
            raise forms.ValidationError([str(one) for one in _shortened(staff)])
        return data | {"people": staff.people}

    def _text(self, data: dict[str, Any]) -> str:
        """A file goes before what stands in the field. A browser forgets a file that was refused: its lines come
        back in the field, to be corrected there."""
        file, text = data.get("file"), data.get("rows", "")
        if file and file.size <= MOST_CHARACTERS:
            try:
                text = decode(file.read())
            except ValueError as error:
                raise forms.ValidationError(
                    _("The file is no text: save the table as CSV (UTF-8) and try again."), code="encoding"
                ) from error
            self.data = {**self.data.dict(), self.add_prefix("rows"): text}
        if (file and file.size > MOST_CHARACTERS) or len(text) > MOST_CHARACTERS:
            raise forms.ValidationError(
                _("The list is too long: at most %(most)d rows."), params={"most": MOST_ROWS}, code="size"
            )
        if not text.strip():
            raise forms.ValidationError(_("Choose a file or paste its lines."), code="required")
        return text

    def act(self) -> User:
        people, passwords = self.cleaned_data["people"], []
        new = []
        for one in people:
            passwords.append(new_password())
            hashed = quick_hash(passwords[-1])
            facts = {"phone": one.phone, "language": one.language, "is_staff": one.is_staff}
            new.append(
                NewAccount(one.username, one.display_name, password_hash=hashed, must_change=True, **facts)
            )
        users = open_accounts(new, by=self.user, now=self.now)
        for user, password in zip(users, passwords, strict=True):
            self.slip(user, password)
        return users[0]


class ChangeAccount(_Facts):
    key, label = "change", _("Correct facts")
    field_order = ("display_name", "phone", "forget_phone", "language", "is_staff")
    forget_phone = forms.BooleanField(label=_("Delete the number"), required=False)

    def prepare(self) -> None:
        for name in ("display_name", "language", "is_staff"):
            self.fields[name].initial = getattr(self.subject, name)
        if self.subject.phone:
            self.fields["phone"].help_text = _("Now %(number)s. Empty: it stays.") % {
                "number": self.subject.masked_phone
            }
        else:
            del self.fields["forget_phone"]

    def act(self) -> User:
        data = dict(self.cleaned_data)
        forget = data.pop("forget_phone", False)
        phone = "" if forget else data.pop("phone") or None
        return change_account(self.subject, by=self.user, now=self.now, **data | {"phone": phone})


class _OthersOpen(AccountForm):
    danger = True

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_active)

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        """Not for one's own account; the action asks again."""
        return subject.pk != user.pk and super().offered(subject, user, now)


class SetFirstPassword(_OthersOpen):
    key, label = "password", _("Set a first password")
    sure = forms.BooleanField(
        label=_("It is this person who asks."),
        help_text=_("The present password ends, and so does every sign-in with it. API tokens wait."),
    )

    def act(self) -> User:
        password = new_password()
        user = set_first_password(self.subject, password=password, by=self.user, now=self.now)
        return self.slip(user, password)


class RevokeTokens(AccountForm):
    key, label, danger = "revoke", _("Revoke all API tokens"), True
    sure = forms.BooleanField(label=_("Programs that use them stop working at once."))

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return AuthToken.objects.filter(user=subject).exists()

    def act(self) -> User:
        revoke_tokens(self.subject, by=self.user, now=self.now)
        return self.subject


class UnlinkIdentity(AccountForm):
    key, label, danger = "unlink", _("End the link to the identity provider"), True
    sure = forms.BooleanField(
        label=_("Another person has this sign-in name there now, or the wrong one was linked."),
        help_text=_("Whoever signs in there under this name next is linked. Who is signed in stays so."),
    )

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.identities.exists()

    def act(self) -> User:
        return unlink_identity(self.subject, by=self.user, now=self.now)


class CloseAccount(_OthersOpen):
    key, label = "close", pgettext_lazy("account", "Close")
    sure = forms.BooleanField(
        label=_("This person no longer signs in."),
        help_text=_("At once, on all devices; API tokens are revoked. Posts go on until they are ended."),
    )

    def act(self) -> User:
        return close_account(self.subject, by=self.user, now=self.now)


class ReopenAccount(AccountForm):
    key, label = "reopen", pgettext_lazy("account", "Re-open")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return not subject.is_active

    def act(self) -> User:
        password = new_password()
        user = reopen_account(self.subject, password=password, by=self.user, now=self.now)
        return self.slip(user, password)


NEW_FORMS: tuple[type[AccountForm], ...] = (OpenAccount, OpenMany)
ACCOUNT_FORMS: tuple[type[AccountForm], ...] = (
    SetFirstPassword,
    ChangeAccount,
    RevokeTokens,
    UnlinkIdentity,
    CloseAccount,
    ReopenAccount,
)


def _blame_taken(staff: Staff) -> None:
    names = [person.username for person in staff.people]
    taken = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    for person in staff.people:
        if person.username in taken:
            staff.blame(person, HEADERS["username"][0], person.username, _("This sign-in name is taken."))


def _shortened(staff: Staff) -> list[Any]:
    shown: list[Any] = list(staff.problems[:LISTED_PROBLEMS])
    if rest := len(staff.problems) - len(shown):
        shown.append(_("and %(count)d more") % {"count": rest})
    return [*shown, _("Nothing was opened.")]
