"""Issues and what belongs to them in the staff admin."""

from issues.admin.hotline import HotlineOrderAdmin, ImportBatchAdmin
from issues.admin.issues import CategoryAdmin, IssueAdmin
from issues.admin.schedules import ScheduleAdmin

__all__ = ["CategoryAdmin", "HotlineOrderAdmin", "ImportBatchAdmin", "IssueAdmin", "ScheduleAdmin"]
