"""Somebody trapped in a lift is a danger: the question of the shared list says so in the list that is there already."""

from django.db import migrations

LIFT, TRAPPED = "home_lift", "trapped"


def mark(apps, schema_editor):
    for category in apps.get_model("issues", "Category").objects.filter(key=LIFT):
        for question in category.questions:
            if question["key"] == TRAPPED and question["type"] == "bool":
                question.setdefault("danger", [True])
        category.save(update_fields=["questions"])


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0020_figures"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop, elidable=True)]
