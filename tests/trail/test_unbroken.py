"""Numbers and moments stay in one piece; nothing else is changed or let through as markup."""

import pytest
from django.utils.safestring import mark_safe

from trail.templatetags.unbroken import unbroken


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("20261129-001998", '<span class="gz-whole">20261129-001998</span>'),
        (
            "2026-11-30 10:30",
            '<span class="gz-whole">2026-11-30</span> <span class="gz-whole">10:30</span>',
        ),
        ("督办函 2026-00003 前", '督办函 <span class="gz-whole">2026-00003</span> 前'),
        ("第1网格 1号楼", "第1网格 1号楼"),
        ("", ""),
        ("<b>1-2</b>", '&lt;b&gt;<span class="gz-whole">1-2</span>&lt;/b&gt;'),
    ],
)
def test_what_a_narrow_cell_would_break(text: str, shown: str) -> None:
    assert unbroken(text) == shown


def test_what_is_markup_stays_as_it_is() -> None:
    assert unbroken(mark_safe("<b>1-2</b>")) == "<b>1-2</b>"
