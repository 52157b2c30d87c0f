"""Model fields for personal data."""

from typing import Any

from django.db import models

from accounts.secrets import decrypt, encrypt


class EncryptedTextField(models.TextField):
    """Text that is ciphertext in the database and plain in Python. It cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None else encrypt(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only emptiness can be asked: each encryption of the same text differs."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
