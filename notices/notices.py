"""What webhooks and group channels hear of themselves: a unit that merged, a pause that no person ordered."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grids.models import Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from notices.actions import notify
from notices.group_actions import TEST
from notices.models import GroupChannel, Subscription
from notices.webhook_actions import follow_merged
from notices.webhooks import PAUSES
from notices.words import Params, word
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

PAUSED = "webhook.paused"


def _in_words(params: Params) -> Params:
    return {**params, "reason": str(PAUSES.get(params.get("reason", ""), "—"))}


word(
    PAUSED,
    _("Paused: %(reason)s. Nothing is lost; resume it when that is put right."),
    "name",
    "reason",
    about=_("Webhook %(name)s"),
    urgency="action",
    fill=_in_words,
)


GROUP_PAUSED = "group.paused"
word(
    GROUP_PAUSED,
    _("Paused: it failed ten times in a row. See what it answers, send a test message, and resume it"),
    "name",
    about=_("Group channel %(name)s"),
    urgency="action",
)
word(TEST, _("Test message: this group is told what happens in %(district)s."), "district")


@handler("notices.merged", "unit.merge")
def follow_merge(event: "Event", now: datetime) -> None:
    """Where a unit goes, those who are told of it go along."""
    follow_merged(Unit.objects.select_related("merged_into").get(pk=event.subject_id), now=now)


@handler("notices.webhooks", "webhook.pause_itself")
def tell_of_pause(event: "Event", now: datetime) -> None:
    """Tell the district's system administrators, and whoever added it."""
    subscription = Subscription.objects.select_related("unit__district").get(pk=event.subject_id)
    people = _keepers(subscription.unit.district, now)
    if subscription.created_by_id and subscription.created_by_id not in people:
        people.append(subscription.created_by_id)
    params = {"name": subscription.name, "reason": event.data["reason"]}
    link = reverse("admin:notices_subscription_change", args=[subscription.pk])
    notify(event, people, PAUSED, params, link, now=now)


@handler("notices.groups", "group.pause_itself")
def tell_of_group_pause(event: "Event", now: datetime) -> None:
    """Tell the district's system administrators."""
    group = GroupChannel.objects.defer("address").select_related("district").get(pk=event.subject_id)
    link = reverse("admin:notices_groupchannel_change", args=[group.pk])
    notify(event, _keepers(group.district, now), GROUP_PAUSED, {"name": group.name}, link, now=now)


def _keepers(district: Unit, now: datetime) -> list[int]:
    """The system administrators of a district, as ids."""
    posts = Post.objects.active(now).at_place(district).filter(HELD_BY_A_PERSON, role="system_admin")
    return list(posts.order_by("pk").values_list("user_id", flat=True).distinct())
