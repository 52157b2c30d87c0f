"""Who: bodies besides units, and which person stands where (posts, leave, duty)."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from grids.body_kinds import BODY_KINDS, body_kind_choices
from grids.models.units import Unit, lineage_column
from grids.querysets import BodyQuerySet, DutyShiftQuerySet, LeaveQuerySet, PostQuerySet
from grids.roles import role_choices


class Body(models.Model):
    """A department, office, centre, posted squad or outside body that can be given work."""

    kind = models.CharField(_("kind"), max_length=10, choices=body_kind_choices)
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    unit = models.ForeignKey(
        Unit, verbose_name=_("belongs to"), on_delete=models.PROTECT, related_name="bodies"
    )
    district = lineage_column(_("district"))
    street = lineage_column(_("street"))
    phone = models.CharField(_("office telephone"), max_length=30, blank=True, help_text=_("Public."))
    approves_replies = models.BooleanField(
        _("the head approves replies"),
        default=False,
        help_text=_("What an officer writes is submitted when the head agrees."),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_outside(self) -> bool:
        """A firm or residents' body: sees only what it assists in."""
        return BODY_KINDS[self.kind].outside

    def lineage(self) -> dict[str, int | None]:
        """Column name → id: the district and, for a street's body, the street."""
        return {"district_id": self.district_id, "street_id": self.street_id}


class Post(models.Model):
    """A person in a role at a unit or a body, from a day until (not including) another."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="posts"
    )
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, on_delete=models.PROTECT, related_name="posts"
    )
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="posts"
    )
    role = models.CharField(_("role"), max_length=30, choices=role_choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, help_text=_("The first day without the post."))
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deputy"),
        null=True,
        on_delete=models.PROTECT,
        related_name="deputised_posts",
    )
    # Set for the one full-time worker of a basic grid, so that the database can refuse a second one.
    sole = models.BooleanField(default=False, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = (
            models.CheckConstraint(
                condition=Q(unit=None, body__isnull=False) | Q(unit__isnull=False, body=None),
                name="post_at_unit_or_body",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="post_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("user")), name="post_deputy_is_another"
            ),
            models.CheckConstraint(condition=Q(sole=False) | Q(unit__isnull=False), name="post_sole_at_unit"),
            # Ranges on both sides: equality on a number in a gist index would need an extension.
            ExclusionConstraint(
                name="post_sole_once",
                expressions=[
                    (Func(F("unit"), F("unit"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("starts_on"), F("ends_on"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(sole=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.place}"

    @property
    def place(self) -> Unit | Body:
        """The unit or body where the post is."""
        place = self.unit if self.unit_id else self.body
        assert place is not None  # post_at_unit_or_body
        return place


class Leave(models.Model):
    """While it lasts the deputy is addressed instead of the post's holder."""

    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="leaves")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leaves")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after"),
        )

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"


class DutyShift(models.Model):
    """Who is called first at a place during these hours; rank 1 before rank 2."""

    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    rank = models.PositiveSmallIntegerField(_("rank"), default=1)

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty shift")
        verbose_name_plural = _("duty shifts")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after"),
        )
        indexes = (models.Index(fields=["ends_at"], name="shift_ends"),)

    def __str__(self) -> str:
        return f"{self.rank}: {self.starts_at:%Y-%m-%d %H:%M} – {self.ends_at:%Y-%m-%d %H:%M}"
