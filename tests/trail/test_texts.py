"""Text files as people save them here."""

import pytest

from trail.texts import decode


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_read(encoding: str) -> None:
    assert decode("姓名,王芳".encode(encoding)) == "姓名,王芳"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"PK\x03\x04\xff\xff\xff", "王".encode() + b"\xff\xff"])
def test_nothing_is_guessed(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
