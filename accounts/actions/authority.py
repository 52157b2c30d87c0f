"""Whose accounts one manages, asked by every action here; and an account as it is now."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import ServiceAccount, User
from trail.refusals import NotAllowed, Refused

# The capability (grids.roles) of who opens and closes people's accounts and sets first passwords; and of who does so
# with the accounts of other systems.
MANAGES = "can.manage_accounts"
CONNECTS = "can.connect_systems"


def require_manager(user: User | None, by: User | None, now: datetime) -> None:
    """None is the platform itself (seeds, commands). Nobody manages an account that they do not see: those of
    another district, and of whoever sets up. Raises NotAllowed."""
    if by is None or (by.is_active and by.is_superuser):
        return
    service = user is not None and user.is_service
    accounts = (ServiceAccount if service else User).objects
    seen = user is None or accounts.visible_to(by, now).filter(pk=user.pk).exists()
    if not by.has_perm(CONNECTS if service else MANAGES) or not seen:
        raise not_here()


def refuse_own(user: User, by: User | None) -> None:
    """Else the last who manages accounts could shut everybody out, and who left a page open lose the account."""
    if by is not None and by.pk == user.pk:
        raise Refused(
            _("This is your own account: change your password under “My password”; somebody else closes it."),
            code="own",
        )


def refuse_service(user: User) -> None:
    """What only people have: a password, a telephone, the way back into a closed account."""
    if user.is_service:
        raise Refused(_("This is the account of another system, not of a person."), code="service")


def locked(user: User) -> User:
    """As it is now. Events of one account are numbered one by one."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def not_here() -> NotAllowed:
    """What is said to whoever does not manage the account."""
    return NotAllowed(_("Your post does not allow this here."), code="not_allowed")
