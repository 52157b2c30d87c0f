from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Without locking out whoever writes meanwhile.
    atomic = False
    dependencies = [("issues", "0008_waits")]

    operations = [
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(fields=["grid", "closed_at"], name="issue_grid_live"),
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("lat__isnull", False)), fields=["lat", "lon"], name="issue_position"
            ),
        ),
        # What waits for somebody: the task list reads these alone, however much has ended.
        *(
            AddIndexConcurrently(
                model_name=name,
                index=models.Index(
                    condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name=f"{name}_waiting"
                ),
            )
            for name in ("callee", "task", "decision")
        ),
    ]
