"""Lists of what was given up read an index of these rows alone, however many were heard."""

import pytest
from django.db import connection

from notices.models import Notice
from trail.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("model", "index"), [(Delivery, "delivery_dead"), (Notice, "notice_dead")])
def test_the_index_answers_the_list(model, index) -> None:
    with connection.cursor() as cursor:
        # An empty table would be read as a whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert index in model.objects.dead().order_by("-id")[:100].explain()
