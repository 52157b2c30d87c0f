"""Who was let in by the house's own identity provider."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User


class ProviderBackend(BaseBackend):
    """Part of the settings only while single sign-on is on, so sessions that it began end with it. What a person may
    do is another backend's matter."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, as long as the account may be used in this way."""
        return User.objects.of_provider().filter(pk=user_id).first()
