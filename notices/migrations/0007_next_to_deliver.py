"""What is to be sent next stands in the order in which it is taken: however long the queue, nothing is sorted."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Case, Q, Value, When


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("notices", "0006_preferences")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(
                Case(When(urgency="danger", then=Value(0)), default=Value(1)),
                "next_try_at",
                "id",
                condition=Q(state="queued"),
                name="notice_next",
            ),
        ),
        RemoveIndexConcurrently(model_name="notice", name="notice_to_deliver"),
    ]
