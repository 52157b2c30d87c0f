"""How long what is spent is kept. All numbers stand here; docs/deploy.md says what they mean.

What happened (events, issues, words, photos) is kept. Contact data: issues/contacts.py, KEPT_AFTER_END.
"""

from datetime import timedelta

# Retries of a delivery are over long before; until then one can still look who was told.
DONE_DELIVERIES = timedelta(days=30)
# The promise of the API and of the forms: the same key gives the same answer for so long.
IDEMPOTENCY_KEYS = timedelta(days=7)
# In the inbox, after they were read.
READ_NOTICES = timedelta(days=365)
# With what was sent and answered; what was given up stays for a person.
SENT_WEBHOOKS = timedelta(days=30)
# Sent to groups or given up; what was to be said stands in the inboxes.
GROUP_MESSAGES = timedelta(days=30)
# After they stopped opening anything.
EXPIRED_TOKENS = timedelta(days=1)
EXPIRED_SESSIONS = timedelta(days=1)
# The pause after too many of them is a quarter of an hour.
FAILED_SIGN_INS = timedelta(days=1)
# Uploaded and never confirmed, and what was said of the rows of those that were.
SHEETS = timedelta(days=7)
ENDED_COUNTS = timedelta(0)
# Hours of the command centre; the fold does not count so far back (issues/figures.py, REACH).
FIGURES = timedelta(days=31)
# Of a volunteer's guardian, after the fourteenth birthday.
GUARDIANS = timedelta(0)
# Of service, after their links stopped opening anything.
STATEMENTS = timedelta(days=30)
# A photo is on disk before the row that names it commits.
ORPHANED_PHOTOS = timedelta(days=1)
# The purge looks hourly whether it has run to its end within this.
EVERY = timedelta(hours=20)
