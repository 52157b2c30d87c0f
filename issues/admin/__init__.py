"""Issues and what belongs to them in the staff admin."""

from issues.admin.hotline import HotlineOrderAdmin
from issues.admin.hotline_files import ImportBatchAdmin
from issues.admin.issues import CategoryAdmin, IssueAdmin
from issues.admin.outside import OutsideTaskAdmin
from issues.admin.schedules import ScheduleAdmin

__all__ = [
    "CategoryAdmin",
    "HotlineOrderAdmin",
    "ImportBatchAdmin",
    "IssueAdmin",
    "OutsideTaskAdmin",
    "ScheduleAdmin",
]
