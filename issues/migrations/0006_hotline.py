import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.fields
import issues.alerts
import issues.models.hotline


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0002_policy"),
        ("issues", "0004_category_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="reporter",
            name="is_secret",
            field=models.BooleanField(default=False, verbose_name="confidential"),
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                (
                    "state",
                    models.CharField(
                        choices=issues.models.hotline.upload_state_choices,
                        default="checked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("header", models.JSONField(default=list)),
                ("wrong_rows", accounts.fields.EncryptedTextField(blank=True, default="")),
                ("wrong_erased_at", models.DateTimeField(null=True)),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("wrong", models.PositiveIntegerField(default=0, verbose_name="wrong")),
                ("expected_new", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("expected_known", models.PositiveIntegerField(default=0, verbose_name="known already")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="added")),
                ("updated", models.PositiveIntegerField(default=0, verbose_name="updated")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                ("remarks", models.JSONField(default=list)),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                ("started_at", models.DateTimeField(null=True, verbose_name="confirmed")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="area",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "hotline file",
                "verbose_name_plural": "hotline files",
                "indexes": [models.Index(fields=["area", "-uploaded_at"], name="import_area_new")],
            },
        ),
        migrations.CreateModel(
            name="HotlineOrder",
            fields=[
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="hotline",
                        serialize=False,
                        to="issues.issue",
                    ),
                ),
                ("number", models.CharField(max_length=40, verbose_name="hotline number")),
                ("given", models.JSONField(default=dict, verbose_name="as the hotline wrote it")),
                ("nature", models.CharField(blank=True, max_length=10, verbose_name="our part")),
                ("dispatched_at", models.DateTimeField(null=True, verbose_name="dispatched by the hotline")),
                ("deadline_at", models.DateTimeField(verbose_name="the hotline's deadline")),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="district",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="issues.importbatch",
                        verbose_name="file",
                    ),
                ),
            ],
            options={
                "verbose_name": "hotline order",
                "verbose_name_plural": "hotline orders",
                "constraints": [
                    models.UniqueConstraint(fields=("district", "number"), name="hotline_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportParcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("orders", accounts.fields.EncryptedTextField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parcels",
                        to="issues.importbatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "part of a hotline file",
                "verbose_name_plural": "parts of hotline files",
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="parcel_once")],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="what is to be done")),
                ("weekdays", models.JSONField(default=list, verbose_name="on weekdays")),
                ("month_days", models.JSONField(default=list, verbose_name="on days of the month")),
                ("at", models.TimeField(verbose_name="at")),
                ("only_working_days", models.BooleanField(default=True, verbose_name="on working days only")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("until", models.DateField(null=True, verbose_name="until")),
                ("is_active", models.BooleanField(default=True, verbose_name="running")),
                ("next_at", models.DateTimeField(null=True, verbose_name="next")),
                ("stopped_because", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(verbose_name="made")),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="issues.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="place",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled task",
                "verbose_name_plural": "scheduled tasks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)),
                        fields=["next_at"],
                        name="schedule_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("is_active", True), ("next_at", None), _connector="OR"),
                        name="schedule_rests_without_next",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Occurrence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="due")),
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occurrence",
                        to="issues.issue",
                        verbose_name="issue",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="occurrences",
                        to="issues.schedule",
                    ),
                ),
            ],
            options={
                "verbose_name": "occurrence",
                "verbose_name_plural": "occurrences",
                "constraints": [models.UniqueConstraint(fields=("schedule", "at"), name="occurrence_once")],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="alert",
                        serialize=False,
                        to="issues.issue",
                    ),
                ),
                ("dedupe_key", models.CharField(max_length=120, verbose_name="key of the alert")),
                (
                    "severity",
                    models.CharField(
                        choices=issues.alerts.severity_choices, max_length=10, verbose_name="severity"
                    ),
                ),
                ("thing", models.CharField(blank=True, max_length=120, verbose_name="thing or device")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="times sent")),
                ("last_at", models.DateTimeField(verbose_name="last sent")),
                (
                    "system",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "indexes": [models.Index(fields=["system", "dedupe_key"], name="alert_key")],
            },
        ),
    ]
