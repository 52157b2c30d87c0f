"""Personal data at rest: encrypted, rotated, found again without being readable, masked on screen."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from accounts.secrets import decrypt, encrypt, keyed_hash, mask_phone

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _unused in range(3))


@pytest.fixture
def keys(settings: Any) -> Any:
    def hold(*names: str) -> None:
        settings.FIELD_KEYS = list(names)

    return hold


class TestEncryption:
    @pytest.mark.parametrize("text", ["13800001234", "演示居民", "a" * 5000, " "])
    def test_there_and_back(self, keys: Any, text: str) -> None:
        keys(NEW)
        assert text not in encrypt(text)
        assert decrypt(encrypt(text)) == text

    def test_nothing_stays_nothing(self, keys: Any) -> None:
        keys(NEW)
        assert (encrypt(""), decrypt("")) == ("", "")

    def test_the_same_text_looks_different_each_time(self, keys: Any) -> None:
        keys(NEW)
        assert encrypt("13800001234") != encrypt("13800001234")

    def test_what_an_old_key_wrote_stays_readable_after_rotation(self, keys: Any) -> None:
        keys(OLD)
        written = encrypt("演示")
        keys(NEW, OLD)
        assert decrypt(written) == "演示"
        fresh = encrypt("演示")
        keys(NEW)
        assert decrypt(fresh) == "演示", "the newest key writes"

    @pytest.mark.parametrize("cipher", ["nonsense", "gAAAAA", "密文"])
    def test_what_no_key_opens_is_an_error_without_the_value(self, keys: Any, cipher: str) -> None:
        keys(NEW)
        with pytest.raises(ValueError, match="FIELD_KEYS") as error:
            decrypt(cipher)
        assert cipher not in str(error.value)

    def test_a_retired_key_opens_nothing(self, keys: Any) -> None:
        keys(OLD)
        written = encrypt("演示")
        keys(FOREIGN)
        with pytest.raises(ValueError, match="FIELD_KEYS"):
            decrypt(written)


class TestHash:
    def test_finds_the_same_again(self) -> None:
        assert keyed_hash("13800001234", purpose="phone") == keyed_hash("13800001234", purpose="phone")
        assert len(keyed_hash("13800001234", purpose="phone")) == 64

    def test_one_purpose_fits_no_other(self) -> None:
        assert keyed_hash("1234", purpose="phone") != keyed_hash("1234", purpose="last_four")

    def test_without_the_secret_it_tells_nothing(self, settings: Any) -> None:
        before = keyed_hash("1234", purpose="last_four")
        settings.SECRET_KEY = "another secret"
        assert keyed_hash("1234", purpose="last_four") != before

    def test_nothing_has_no_hash(self) -> None:
        assert keyed_hash("", purpose="phone") == ""


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("043112345678", "043****5678"),
        ("1234567", "*****67"),
        ("12", "12"),
        ("1", "1"),
        ("", ""),
    ],
)
def test_mask(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked
