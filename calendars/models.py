"""Calendars: office hours, the days that depart from the weekday rule, the years whose notice is known."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from calendars.hours import OFFICE_HOURS, parse_hours, show_hours
from calendars.querysets import DEFAULT_NAME, CalendarDayQuerySet, CalendarQuerySet, LoadedYearQuerySet
from calendars.statutory import StatutoryDays
from calendars.worktime import Worktime

DAY_KINDS = [("off", _("day off")), ("work", _("make-up workday"))]


def default_hours() -> list[list[str]]:
    """Office hours of a calendar that was given none."""
    return show_hours(OFFICE_HOURS)


def validate_hours(value: object) -> None:
    """Field validator of office hours."""
    try:
        parse_hours(value)
    except ValueError as error:
        raise ValidationError(_("These are not office hours: %(error)s"), params={"error": error}) from error


class Calendar(models.Model):
    """Office hours and the exceptions to “Monday to Friday is worked”. A district points at one."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    hours = models.JSONField(_("office hours"), default=default_hours, validators=[validate_hours])

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_default(self) -> bool:
        """Does every district go by it that names none?"""
        return self.name == DEFAULT_NAME

    @property
    def shown_hours(self) -> str:
        """08:30–12:00 · 13:30–17:30"""
        return " · ".join("–".join(stretch) for stretch in self.hours)

    def worktime(self) -> Worktime:
        """This calendar as a value to reckon with: two queries. Keep it for one request or task."""
        stored = self.pk is not None
        return Worktime(
            exceptions=self.days.kinds() if stored else {},
            known_years=self.years.numbers() if stored else frozenset(),
            hours=parse_hours(self.hours),
            statutory=StatutoryDays(),
        )


class CalendarDay(models.Model):
    """One exception to the weekday rule: a day off, or a weekend day that is worked (补班日)."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="days", verbose_name=_("calendar")
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=4, choices=DAY_KINDS)
    name = models.CharField(_("holiday"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=60, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["off", "work"]), name="calendar_day_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.get_kind_display()}"


class LoadedYear(models.Model):
    """A year whose notice is known. What reaches into any other year is provisional."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="years", verbose_name=_("calendar")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    source = models.CharField(_("source"), max_length=200, blank=True)
    loaded_at = models.DateTimeField(_("loaded at"))

    objects = LoadedYearQuerySet.as_manager()

    class Meta:
        verbose_name = _("loaded year")
        verbose_name_plural = _("loaded years")
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["calendar", "year"], name="calendar_year_once")]

    def __str__(self) -> str:
        return str(self.year)
