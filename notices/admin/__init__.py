"""What was given up, webhooks and group channels, in the staff admin."""

from notices.admin.given_up import NoticeAdmin, ReviveDeliveryAdmin
from notices.admin.groups import GroupChannelAdmin
from notices.admin.webhooks import MessageAdmin, SubscriptionAdmin

__all__ = ["GroupChannelAdmin", "MessageAdmin", "NoticeAdmin", "ReviveDeliveryAdmin", "SubscriptionAdmin"]
