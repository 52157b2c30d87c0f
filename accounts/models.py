"""Who signs in. What a person may do comes from posts alone (grids); superusers only set up."""

import hashlib
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from accounts.fields import EncryptedTextField
from accounts.querysets import GrantQuerySet, ServiceAccountQuerySet, UserQuerySet
from accounts.reading import LONGEST, SIZES
from accounts.secrets import mask_phone
from trail.scopes import scopes_in


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's own doors (createsuperuser, authenticate) use it; everything else calls accounts.actions."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Who acts: a person who signs in, or another system (`is_service`), which has tokens and nothing else."""

    username = models.CharField(
        _("sign-in name"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This sign-in name is taken.")},
    )
    display_name = models.CharField(_("name shown"), max_length=60)
    phone = EncryptedTextField(_("mobile number"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False, db_index=True)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    text_size = models.CharField(
        _("text size"), max_length=LONGEST, blank=True, default="", db_default="", choices=list(SIZES.items())
    )
    is_staff = models.BooleanField(_("may open the staff admin"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    must_change_password = models.BooleanField(
        _("must choose a password of one's own"), default=False, db_default=False
    )
    is_service = models.BooleanField(_("account of another system"), default=False, db_default=False)
    date_joined = models.DateTimeField(_("since"), db_default=Now())

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ("display_name",)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                name="service_is_no_person",
                condition=models.Q(is_service=False)
                | models.Q(is_staff=False, is_superuser=False, must_change_password=False, phone_hash=""),
            ),
        )
        indexes = (
            models.Index(
                fields=["display_name"], name="service_accounts", condition=models.Q(is_service=True)
            ),
        )

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


class ServiceAccountManager(models.Manager.from_queryset(ServiceAccountQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(is_service=True)


class ServiceAccount(User):
    """Those of the accounts that belong to another system."""

    objects = ServiceAccountManager()

    class Meta:
        proxy = True
        verbose_name = _("service account")
        verbose_name_plural = _("service accounts")
        ordering = ("display_name",)


def identity_digest(issuer: str, subject: str) -> str:
    """By which a person of the identity provider is known again (64 hex digits). Without the secret key, so that a new
    one leaves everybody's link as it is."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


class Identity(models.Model):
    """Whom an identity provider knows as the owner of this account. What it calls them is not kept: it may be a
    telephone number."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False, related_name="identities")
    issuer = models.CharField(_("identity provider"), max_length=300)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    linked_at = models.DateTimeField(_("linked"))

    class Meta:
        verbose_name = _("link to the identity provider")
        verbose_name_plural = _("links to the identity provider")
        constraints = (models.UniqueConstraint(fields=["user", "issuer"], name="one_identity_per_provider"),)

    def __str__(self) -> str:
        return self.issuer


class Grant(models.Model):
    """What a token is for. The token itself (its digest, its end) is knox's row."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, related_name="grant")
    name = models.CharField(_("name"), max_length=60, blank=True, default="")
    # Keys of trail.scopes with blanks between.
    scopes = models.CharField(_("may"), max_length=200)
    # To the minute; empty: not yet.
    last_used_at = models.DateTimeField(_("last used"), null=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return self.name or self.token.token_key[:8]

    @property
    def scope_words(self) -> str:
        """The keys, as docs/api.md and the API call them."""
        return ", ".join(self.scopes.split())

    @property
    def scope_set(self) -> frozenset[str]:
        return scopes_in(self.scopes)


class CalendarAddress(models.Model):
    """The secret address where a person's calendar looks for their deadlines; only a keyed hash of it is kept."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return f"{self.user_id}"
