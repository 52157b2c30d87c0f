"""Finding units by position: indexes over positions and over the extents of boundaries, built beside the work.

The extent is an expression over the boundary itself, so whoever writes one keeps the index right. The function is
a declared part of the index: it uses nothing but what pg_catalog holds, so that no search_path changes it.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

EXTENT = """
    CREATE FUNCTION grids_extent(boundary jsonb) RETURNS box
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT box(point(max(x), max(y)), point(min(x), min(y))) FROM (
            SELECT (position ->> 0)::float8 AS x, (position ->> 1)::float8 AS y
            FROM jsonb_path_query(
                boundary,
                CASE boundary ->> 'type'
                    WHEN 'Polygon' THEN 'strict $.coordinates[0][*]'::jsonpath
                    ELSE 'strict $.coordinates[*][0][*]'::jsonpath
                END,
                '{}', true
            ) AS position
        ) AS outer_rings
    $$
"""
INDEX = """
    CREATE INDEX CONCURRENTLY unit_extent ON grids_unit USING gist (grids_extent(boundary))
    WHERE boundary IS NOT NULL AND closed_at IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("grids", "0007_former_boundaries"),
    ]

    operations = [
        migrations.RunSQL(EXTENT, "DROP FUNCTION grids_extent(jsonb)"),
        migrations.RunSQL(INDEX, "DROP INDEX CONCURRENTLY unit_extent"),
        AddIndexConcurrently(
            model_name="unit",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("lat__isnull", False)),
                fields=["lat", "lon"],
                name="unit_position",
            ),
        ),
    ]
