"""Calendars in the staff admin: to look at. They are written by `load_calendar`."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from calendars.holidays import holiday_label
from calendars.models import Calendar, CalendarDay, LoadedYear
from trail.admin import ActionAdmin

# Capabilities: those who set the platform up, and those who must explain a deadline.
LOOK = ("manage_units", "supervise")


class LoadedYearInline(TabularInline):
    model = LoadedYear
    fields = readonly_fields = ("year", "source", "loaded_at")
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # who may open the calendar

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Calendar)
class CalendarAdmin(ActionAdmin):
    view_with = LOOK
    list_display = ("name", "office_hours")
    search_fields = ("name",)
    fields = readonly_fields = ("name", "office_hours")
    inlines = (LoadedYearInline,)

    @admin.display(description=_("office hours"))
    def office_hours(self, calendar: Calendar) -> str:
        return " · ".join("–".join(stretch) for stretch in calendar.hours)


@admin.register(CalendarDay)
class CalendarDayAdmin(ActionAdmin):
    view_with = LOOK
    list_display = ("date", "kind", "holiday", "remark", "calendar")
    fields = readonly_fields = list_display
    list_filter = ("kind", "calendar")
    list_select_related = ("calendar",)
    date_hierarchy = "date"
    search_fields = ("name",)

    @admin.display(description=_("holiday"), ordering="name")
    def holiday(self, day: CalendarDay) -> str:
        return str(holiday_label(day.name))

    @admin.display(description=_("note"))
    def remark(self, day: CalendarDay) -> str:
        return str(holiday_label(day.note))
