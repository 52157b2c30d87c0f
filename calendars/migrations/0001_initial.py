# The tables of calendars.

import calendars.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('hours', models.JSONField(default=calendars.models.default_hours, validators=[calendars.models.validate_hours], verbose_name='office hours')),
            ],
            options={
                'verbose_name': 'calendar',
                'verbose_name_plural': 'calendars',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('kind', models.CharField(choices=[('off', 'day off'), ('work', 'make-up workday')], max_length=4, verbose_name='kind')),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='holiday')),
                ('note', models.CharField(blank=True, max_length=60, verbose_name='note')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='calendars.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'calendar day',
                'verbose_name_plural': 'calendar days',
                'ordering': ['-date'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'date'), name='calendar_day_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['off', 'work'])), name='calendar_day_kind')],
            },
        ),
        migrations.CreateModel(
            name='LoadedYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('loaded_at', models.DateTimeField(verbose_name='loaded at')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='years', to='calendars.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'loaded year',
                'verbose_name_plural': 'loaded years',
                'ordering': ['-year'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'year'), name='calendar_year_once')],
            },
        ),
    ]
