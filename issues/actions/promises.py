"""The date that the reporter was given."""

from datetime import datetime

from issues.models import Issue


def promise(issue: Issue, date: datetime) -> dict[str, str]:
    """Move the promised date, only ever later (not written yet); what the event says of it, if it moved."""
    if issue.promised_at is not None and date <= issue.promised_at:
        return {}
    issue.promised_at = date
    return {"promised_at": date.isoformat()}
