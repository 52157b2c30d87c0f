"""Drawing a sample: the same one is drawn or not drawn however often it is asked. Pure."""

import zlib


def lot(name: str) -> int:
    """A number from 0 to 99 that belongs to this name, evenly spread."""
    return zlib.crc32(name.encode()) % 100


def drawn(name: str, percent: int) -> bool:
    """Is it among so many percent?"""
    return lot(name) < percent
