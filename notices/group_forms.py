"""Forms of group channels: one action each."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.actions.authority import allows
from grids.forms.steps import StepForm
from notices import group_actions as actions
from notices.forms import unit_with
from notices.group_line import installed
from notices.groups import ERRORS, LONGEST, SORTS
from notices.models import GroupChannel
from notices.querysets import CONNECTS
from trail.refusals import Refused


class GroupForm(StepForm):
    capability = CONNECTS

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        """Whoever connects systems in its district."""
        fits = subject.ended_at is None and cls.fits(subject)
        return fits and allows(user, CONNECTS, subject.district, now)


class AddGroup(GroupForm):
    key, label = "add", _("Add a group channel")
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Of the group, for instance: district duty room.")
    )
    district = forms.CharField(label=_("District"), max_length=40, help_text=_("Its code."))
    # What was typed wrongly is not sent back either: whoever has the address may write to the group.
    address = forms.CharField(
        label=_("Address of the bot"),
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "wecombot://KEY, dingtalk://SECRET@TOKEN, feishu://TOKEN or lark://TOKEN. It is never shown again."
        ),
    )
    sorts = forms.MultipleChoiceField(
        label=_("Told of"), choices=list(SORTS.items()), widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def prepare(self) -> None:
        if not installed():
            self.fields["address"].help_text = ERRORS["missing"]  # type: ignore[assignment]

    def act(self) -> GroupChannel:
        data = self.cleaned_data
        district = unit_with(data["district"], self.user, self.now)
        if district.pk != district.district_id:
            raise Refused(_("This is no district."), code="unit")
        wanted = actions.WantedGroup(data["name"], data["address"], data["sorts"], data["language"])
        return actions.add_group(wanted, district=district, by=self.user, now=self.now)


class TestGroup(GroupForm):
    key, label = "test", _("Send a test message")
    __test__ = False

    def act(self) -> GroupChannel:
        return actions.test_group(self.subject, by=self.user, now=self.now).group


class PauseGroup(GroupForm):
    key, label = "pause", pgettext_lazy("group", "Pause")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.paused_at is None

    def act(self) -> GroupChannel:
        return actions.pause_group(self.subject, by=self.user, now=self.now)


class ResumeGroup(GroupForm):
    key, label = "resume", pgettext_lazy("group", "Resume")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.paused_at is not None

    def act(self) -> GroupChannel:
        return actions.resume_group(self.subject, by=self.user, now=self.now)


class RemoveGroup(GroupForm):
    key, label, danger = "end", pgettext_lazy("group", "Remove"), True
    sure = forms.BooleanField(label=_("It is told nothing any more, and its address is deleted."))

    def act(self) -> GroupChannel:
        return actions.remove_group(self.subject, by=self.user, now=self.now)


GROUP_FORMS: tuple[type[GroupForm], ...] = (TestGroup, ResumeGroup, PauseGroup, RemoveGroup)
