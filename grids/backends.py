"""Sign-in by password, permissions from posts: `has_perm("can.<capability>")` asks the standing."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from grids.standing import standing_of

PREFIX = "can."


class PostBackend(ModelBackend):
    """Django's permission tables are not used: a post is the only source of what a person may do."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_active or not perm.startswith(PREFIX):
            return False
        return standing_of(user_obj, timezone.now()).can(perm.removeprefix(PREFIX))

    def user_can_authenticate(self, user: Any) -> bool:
        """Another system never signs in, whatever its account holds."""
        return super().user_can_authenticate(user) and not user.is_service

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()
