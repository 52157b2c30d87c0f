"""Photos go where the test's other files go."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def media(db: None, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
