"""Complaints may name a person, a category may be meant for them, and their figures stand apart.

The daily figures are counted anew from the events, by the hourly tick a year back (`check_rates --repair` reaches
further): those of before hold complaints in the rows of the places that they were about.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Of the list that is shipped.
MEANT_FOR_THEM = "voice_staff"


def mark_category(apps, schema_editor):
    apps.get_model("issues", "Category").objects.filter(key=MEANT_FOR_THEM).update(about_somebody=True)


def count_anew(apps, schema_editor):
    apps.get_model("issues", "RateDay").objects.all().delete()


def about(to, what, on_delete=django.db.models.deletion.DO_NOTHING):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=on_delete,
        related_name="+",
        to=to,
        verbose_name=f"complaint about ({what})",
    )


def about_person():
    return about(settings.AUTH_USER_MODEL, "person", django.db.models.deletion.PROTECT)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("grids", "0003_approved_replies"),
        ("issues", "0013_whistle_remote_ok"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="about_somebody",
            field=models.BooleanField(
                default=False,
                help_text="Asks whom it is about; goes to the level above and is hidden from them.",
                verbose_name="complaint about somebody",
            ),
        ),
        migrations.RunPython(mark_category, migrations.RunPython.noop, elidable=True),
        migrations.AddField(model_name="issue", name="about_user", field=about_person()),
        migrations.AddField(model_name="rateday", name="about_unit", field=about("grids.unit", "unit")),
        migrations.AddField(model_name="rateday", name="about_body", field=about("grids.body", "body")),
        migrations.AddField(model_name="rateday", name="about_user", field=about_person()),
        migrations.RunPython(count_anew, count_anew, elidable=True),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(
                    ("about_unit__isnull", False), ("about_body__isnull", False), _connector="OR"
                ),
                fields=["about_unit", "about_body", "about_user"],
                name="issue_about",
            ),
        ),
    ]
