"""What the staff admin's lists of issues and of hotline orders are narrowed by."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from issues.answering import Answering
from issues.kinds import nature_choices, today_choices
from issues.lifecycle import OPEN_STATES
from issues.models import Issue
from issues.offered import categories_offered
from trail.changelist import SelectFilter


class DueFilter(admin.SimpleListFilter):
    title = _("deadline")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("Open")),
            ("late", _("Overdue")),
            ("letter", _("Supervised by letter")),
            ("ended", _("Ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "letter":
                return queryset.supervised()
            case "late":
                return queryset.overdue(timezone.now())
            case "open":
                return queryset.open()
            case "ended":
                return queryset.exclude(state__in=OPEN_STATES)
        return queryset


class TodayFilter(admin.SimpleListFilter):
    title = _("today")
    parameter_name = "today"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return today_choices()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.of_today(self.value(), timezone.now()) if self.value() else queryset


class MineFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("With me now")),
            ("called", _("I am called to")),
            ("asked", _("Asked of me")),
            ("led", _("Led by me")),
            ("registered", _("Registered by me")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        answering = Answering(request.user, timezone.now())
        match self.value():
            case "mine":
                return queryset.waiting_for(answering)
            case "called":
                return queryset.calling(answering)
            case "asked":
                return queryset.asking(answering)
            case "led":
                return queryset.led_by(request.user)
            case "registered":
                return queryset.registered_by(request.user)
        return queryset


class NatureFilter(admin.SimpleListFilter):
    """What the hotline asks of this district (工单性质): of issues, and of the orders themselves."""

    title = _("asked of us by the hotline")
    parameter_name = "nature"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return nature_choices()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        column = "hotline__nature" if queryset.model is Issue else "nature"
        return queryset.filter(**{column: self.value()}) if self.value() else queryset


class CategoryFilter(SelectFilter):
    """With all that is part of the one chosen: of issues, and of the orders of the hotline."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return categories_offered(request.user, timezone.now(), self.value() or "")

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.of_category(self.value()) if self.value() else queryset
