"""Words, photos and contact data: rows that can be erased without touching what happened."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from accounts.secrets import mask_phone
from issues.kinds import rating_source_choices
from issues.querysets import RatingQuerySet


class Reporter(models.Model):
    """Who reported, only as far as they said so. Encrypted; found again by keyed hashes."""

    issue = models.OneToOneField(
        "issues.Issue", on_delete=models.CASCADE, related_name="reporter", primary_key=True
    )
    name = EncryptedTextField(_("name"), blank=True, default="")
    phone = EncryptedTextField(_("telephone"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True)
    last_four_hash = models.CharField(max_length=64, blank=True)
    # 保密: for those who handle the matter alone, not for everybody whose area it is in.
    is_secret = models.BooleanField(_("confidential"), default=False)
    erased_at = models.DateTimeField(_("erased"), null=True)

    class Meta:
        verbose_name = _("reporter")
        verbose_name_plural = _("reporters")

    def __str__(self) -> str:
        return self.masked_phone

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


class Note(models.Model):
    """The words that belong to one event of an issue."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="notes")
    seq = models.PositiveIntegerField(_("event number"))
    callee = models.ForeignKey(
        "issues.Callee", null=True, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    internal = models.BooleanField(_("for staff only"), default=True)
    text = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("seq", "id")

    def __str__(self) -> str:
        return self.text[:40]


class Rating(models.Model):
    """The reporter's verdict on one result, in three parts: their own by link, or what somebody heard by telephone
    (回访). Both may stand side by side; then their own holds."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField(_("result number"))
    answered = models.BooleanField(_("answered"))
    solved = models.BooleanField(_("solved"))
    satisfied = models.BooleanField(_("satisfied"))
    source = models.CharField(
        _("how it was said"),
        max_length=10,
        choices=rating_source_choices,
        default="link",
        db_default="link",
    )
    # Keys of the district's reasons (policy rating_reasons) as they were in force then.
    reasons = ArrayField(
        models.CharField(max_length=40), verbose_name=_("reasons"), default=list, db_default=[]
    )
    rated_at = models.DateTimeField(_("rated"))

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = (
            models.UniqueConstraint(fields=["issue", "round", "source"], name="rated_once_each_way"),
            # Who was answered, helped and satisfied has nothing to give a reason for.
            models.CheckConstraint(
                name="rating_reasons_of_a_no",
                condition=Q(reasons=[]) | Q(answered=False) | Q(solved=False) | Q(satisfied=False),
            ),
        )
        indexes = (models.Index(fields=["-rated_at", "-id"], name="rating_newest"),)

    def __str__(self) -> str:
        return f"{self.answered}/{self.solved}/{self.satisfied}"


class Attachment(models.Model):
    """A photo of a place. Metadata was stripped; the file has a name of our own."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="attachments")
    seq = models.PositiveIntegerField(_("event number"))
    internal = models.BooleanField(_("for staff only"), default=False)
    file = models.FileField(upload_to="")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.file.name
