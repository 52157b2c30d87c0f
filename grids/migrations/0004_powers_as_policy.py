"""What a district decides is a versioned rule: the powers of streets over posted bodies become one, and whether the
ladder reminds stands with its other rungs.
"""

from django.db import migrations
from django.utils import timezone

REASON = "沿用升级前的设定"


def take_over_powers(apps, schema_editor):
    Policy = apps.get_model("grids", "Policy")
    found = {}
    for row in apps.get_model("grids", "DistrictPower").objects.order_by("pk"):
        found.setdefault(row.district_id, {})[row.key] = {"granted": row.granted}
    now = timezone.now()
    Policy.objects.bulk_create(
        [
            Policy(unit_id=pk, key="powers", effective_from=now, value=value, reason=REASON, set_at=now)
            for pk, value in found.items()
        ]
    )


def give_back_powers(apps, schema_editor):
    DistrictPower = apps.get_model("grids", "DistrictPower")
    rows = apps.get_model("grids", "Policy").objects.filter(
        key="powers", withdrawn_at=None, effective_from__lte=timezone.now()
    )
    held = rows.order_by("unit_id", "-effective_from", "-id").distinct("unit_id")
    DistrictPower.objects.bulk_create(
        [
            DistrictPower(district_id=row.unit_id, key=key, granted=cells["granted"])
            for row in held
            for key, cells in row.value.items()
        ]
    )
    apps.get_model("grids", "Policy").objects.filter(key="powers").delete()


def take_over_reminders(apps, schema_editor):
    """A version of the rungs for each version of the ladder that changed whether it reminds."""
    Policy = apps.get_model("grids", "Policy")
    on = {}
    rows = Policy.objects.filter(key="ladder", withdrawn_at=None).order_by("effective_from", "pk")
    for row in rows:
        reminds = row.value.get("all", {}).get("remind", True)
        if reminds != on.get(row.unit_id, True):
            on[row.unit_id] = reminds
            value = {} if reminds else {"remind": {"on": False}}
            Policy.objects.create(
                unit_id=row.unit_id,
                key="rungs",
                effective_from=row.effective_from,
                value=value,
                is_sample=row.is_sample,
                reason=row.reason,
                set_by_id=row.set_by_id,
                set_at=row.set_at,
            )


def forget_reminders(apps, schema_editor):
    apps.get_model("grids", "Policy").objects.filter(key="rungs").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0003_approved_replies"),
    ]

    operations = [
        migrations.RunPython(take_over_powers, give_back_powers, elidable=True),
        migrations.RunPython(take_over_reminders, forget_reminders, elidable=True),
        migrations.DeleteModel(name="DistrictPower"),
    ]
