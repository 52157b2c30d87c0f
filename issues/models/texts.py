"""Words, photos and contact data: rows that can be erased without touching what happened."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from accounts.secrets import mask_phone


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
    """The reporter's verdict on one result, in three parts."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField(_("result number"))
    answered = models.BooleanField(_("answered"))
    solved = models.BooleanField(_("solved"))
    satisfied = models.BooleanField(_("satisfied"))
    rated_at = models.DateTimeField(_("rated"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = (models.UniqueConstraint(fields=["issue", "round"], name="rated_once"),)

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
