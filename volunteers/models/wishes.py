"""Micro-wishes (微心愿): the wish under an alias, who claimed it, words beside its events, the wisher's contact.

What happened stands in the trail without any words; words and contact stand here and can be erased.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import EncryptedTextField
from accounts.secrets import mask_phone
from grids.models import Body
from issues.models.issue import person
from volunteers.contacts import shown_name
from volunteers.models.joining import Organisation
from volunteers.models.people import Volunteer, at_unit, lineage
from volunteers.wish_querysets import ClaimQuerySet, WishQuerySet
from volunteers.wishes import CLAIM_DAYS, ENDED, outcome_choices, state_choices


class Wish(models.Model):
    """`wisher`: the account whose wish it is; none where it came without sign-in or the community wrote it down.

    Where it lies is known as far as the grid, never the building: everybody may read an open wish.
    """

    alias = models.CharField(_("alias"), max_length=20)
    text = models.CharField(_("what is wished for"), max_length=300)
    unit = at_unit(_("community or grid"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    wisher = person(_("wisher"))
    made_by = person(_("written down by"))
    on_behalf = models.BooleanField(_("made for somebody"), default=False)
    # Of the wisher's own link; only a keyed hash is kept.
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    consented_at = models.DateTimeField(_("consented"))
    state = models.CharField(_("state"), max_length=12, choices=state_choices, default="proposed")
    version = models.PositiveIntegerField(_("version"), default=1, help_text=_("Number of its last event."))
    days = models.PositiveSmallIntegerField(_("days for whoever claims it"), default=CLAIM_DAYS)
    # While it is claimed: when the claim runs out.
    due_at = models.DateTimeField(_("due"), null=True)
    said_by = person(_("said to be fulfilled by"))
    made_at = models.DateTimeField(pgettext_lazy("wish", "made"))
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    fulfilled_at = models.DateTimeField(_("fulfilled"), null=True)
    thanked_at = models.DateTimeField(_("thanked"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = WishQuerySet.as_manager()

    class Meta:
        verbose_name = _("micro-wish")
        verbose_name_plural = _("micro-wishes")
        constraints = (
            models.CheckConstraint(
                name="wish_due_while_claimed",
                condition=Q(state="claimed", due_at__isnull=False) | (~Q(state="claimed") & Q(due_at=None)),
            ),
            models.CheckConstraint(
                name="wish_ended_since",
                condition=Q(state__in=ENDED, ended_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(ended_at=None)),
            ),
        )
        indexes = (
            models.Index(fields=["district", "-made_at"], name="wish_district"),
            models.Index(fields=["street", "-made_at"], name="wish_street"),
            models.Index(fields=["community", "-made_at"], name="wish_community"),
            models.Index(fields=["grid", "-made_at"], name="wish_grid"),
            # What everybody may claim, the newest first.
            models.Index(fields=["district", "-made_at"], condition=Q(state="open"), name="wish_open"),
            models.Index(
                fields=["wisher", "-made_at"], condition=Q(wisher__isnull=False), name="wish_wisher"
            ),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="wish_due"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="wish_ended"),
        )

    def __str__(self) -> str:
        return f"{self.alias} · {self.text[:40]}"


class Claim(models.Model):
    """Somebody promises to fulfil a wish: one volunteer or one organisation, and never two at a time."""

    wish = models.ForeignKey(Wish, verbose_name=_("wish"), on_delete=models.CASCADE, related_name="claims")
    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name=_("volunteer"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    # A member who has checked in and is no volunteer (of this district).
    user = person(_("account"))
    made_by = person(_("claimed by"))
    claimed_at = models.DateTimeField(_("claimed"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    outcome = models.CharField(
        _("how it ended"), max_length=12, choices=outcome_choices, blank=True, default=""
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = (
            models.UniqueConstraint(fields=["wish"], condition=Q(ended_at=None), name="claim_one_at_a_time"),
            models.CheckConstraint(
                name="claim_by_one",
                condition=Q(volunteer__isnull=False, body=None, organisation=None, user=None)
                | Q(volunteer=None, body__isnull=False, organisation=None, user=None)
                | Q(volunteer=None, body=None, organisation__isnull=False, user=None)
                | Q(volunteer=None, body=None, organisation=None, user__isnull=False),
            ),
            models.CheckConstraint(
                name="claim_ended_somehow",
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
            ),
        )
        indexes = (
            models.Index(
                fields=["volunteer", "-claimed_at"],
                condition=Q(volunteer__isnull=False),
                name="claim_volunteer",
            ),
            models.Index(fields=["body", "-claimed_at"], condition=Q(body__isnull=False), name="claim_body"),
            models.Index(
                fields=["organisation", "-claimed_at"],
                condition=Q(organisation__isnull=False),
                name="claim_organisation",
            ),
            models.Index(
                fields=["user", "-claimed_at"], condition=Q(user__isnull=False), name="claim_account"
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def claimer(self) -> Any:
        """The volunteer, member, body or organisation."""
        return self.volunteer or self.user or self.body or self.organisation

    @property
    def shown_name(self) -> str:
        """As others know them: a volunteer by the alias, a member by the first letter of the name, all else by its name."""
        if self.user:
            return shown_name(self.user.display_name, "") or f"#{self.user_id}"
        return (self.volunteer.shown_name if self.volunteer else "") or str(self.claimer)


class WishWords(models.Model):
    """The words that belong to one event of a wish: why it was refused or given back, or thanks."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="said", db_index=False)
    seq = models.PositiveIntegerField(_("event number"))
    verb = models.CharField(_("verb"), max_length=12)
    text = models.CharField(_("text"), max_length=300)
    author = person(_("written by"))
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("words about a wish")
        verbose_name_plural = _("words about wishes")
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=["wish", "seq"], name="wish_words_once"),)

    def __str__(self) -> str:
        return self.text[:40]


class Wisher(models.Model):
    """Who wished, as far as they said so: never public, encrypted, and erased some time after the wish has ended."""

    wish = models.OneToOneField(Wish, on_delete=models.CASCADE, related_name="+", primary_key=True)
    name = EncryptedTextField(pgettext_lazy("person", "name"), blank=True, default="")
    phone = EncryptedTextField(_("mobile number"), blank=True, default="")
    erased_at = models.DateTimeField(_("erased"), null=True)

    class Meta:
        verbose_name = _("wisher")
        verbose_name_plural = _("wishers")
        indexes = (models.Index(fields=["wish"], condition=Q(erased_at=None), name="wisher_kept"),)

    def __str__(self) -> str:
        return self.masked_phone

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)
