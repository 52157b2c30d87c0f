"""Accounts in the database."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db


def stored(user: User, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_user WHERE id = %s", [user.pk])
        return cursor.fetchone()[0]


def test_the_number_is_ciphertext_in_the_database() -> None:
    user = User.objects.create_user("one", display_name="演示", phone="13800001234")
    assert "13800001234" not in stored(user, "phone")
    assert User.objects.get().phone == "13800001234"
    assert User.objects.get().masked_phone == "138****1234"


def test_rows_of_an_old_key_are_read_and_rewritten_with_the_new_one(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    user = User.objects.create_user("one", display_name="演示", phone="13800001234")
    settings.FIELD_KEYS = [new, old]
    User.objects.get().save()
    settings.FIELD_KEYS = [new]
    assert User.objects.get().phone == "13800001234"
    assert stored(user, "phone")


@pytest.mark.parametrize("lookup", ["phone", "phone__contains", "phone__in"])
def test_ciphertext_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        list(User.objects.filter(**{lookup: "13800001234"}))


def test_names_are_unique_and_normalised() -> None:
    # The same letter written in two ways (half and full width).
    User.objects.create_user("ａdmin", display_name="一")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("admin", display_name="二")


def test_without_a_password_nobody_signs_in() -> None:
    user = User.objects.create_user("one", display_name="演示")
    assert not user.has_usable_password()
    assert not user.check_password("")


def test_who_sets_up() -> None:
    user = User.objects.create_superuser("root", password="a long password", display_name="演示")
    assert (user.is_staff, user.is_superuser) == (True, True)


def test_words() -> None:
    assert str(User(username="one", display_name="张三")) == "张三"
    assert str(User(username="one")) == "one"
