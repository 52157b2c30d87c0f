import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import grids.body_kinds
import grids.levels
import grids.models.units
import grids.powers
import grids.roles
import mptt.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('calendars', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Body',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=grids.body_kinds.body_kind_choices, max_length=10, verbose_name='kind')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('phone', models.CharField(blank=True, help_text='Public.', max_length=30, verbose_name='office telephone')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed at')),
            ],
            options={
                'verbose_name': 'body',
                'verbose_name_plural': 'bodies',
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=17, unique=True, verbose_name='code')),
                ('kind', models.CharField(choices=grids.levels.level_choices, max_length=10, verbose_name='level')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('official_name', models.CharField(blank=True, help_text='As imported, before cleaning.', max_length=120, verbose_name='name on the official list')),
                ('city', models.CharField(blank=True, help_text='Of a district.', max_length=60, verbose_name='city')),
                ('line', models.CharField(choices=grids.levels.line_choices, default='urban', max_length=5, verbose_name='line')),
                ('label_override', models.CharField(blank=True, max_length=40, verbose_name='own level name')),
                ('party_label_override', models.CharField(blank=True, max_length=60, verbose_name='own Party body name')),
                ('grid_kind', models.CharField(blank=True, choices=[('basic', 'basic grid'), ('dedicated', 'dedicated grid')], max_length=9, verbose_name='grid kind')),
                ('households', models.PositiveIntegerField(null=True, verbose_name='households')),
                ('boundary', models.JSONField(help_text='GeoJSON geometry, WGS-84.', null=True, verbose_name='boundary')),
                ('lon', models.FloatField(null=True, verbose_name='longitude')),
                ('lat', models.FloatField(null=True, verbose_name='latitude')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('tree_id', models.PositiveIntegerField(editable=False)),
                ('lft', models.PositiveIntegerField(editable=False)),
                ('rght', models.PositiveIntegerField(editable=False)),
                ('level', models.PositiveIntegerField(editable=False)),
                ('calendar', models.ForeignKey(db_index=False, help_text='Of a district; the default calendar where empty.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar', verbose_name='working calendar')),
                ('community', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='community')),
                ('district', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='district')),
                ('grid', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='grid')),
                ('merged_into', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_units', to='grids.unit', verbose_name='merged into')),
                ('parent', mptt.fields.TreeForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='grids.unit', verbose_name='belongs to')),
                ('street', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='street')),
            ],
            options={
                'verbose_name': 'unit',
                'verbose_name_plural': 'units',
            "indexes": [models.Index(fields=['tree_id', 'lft'], name='unit_tree_lft')],"constraints": [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'district'), ('parent', None)), models.Q(models.Q(('kind', 'district'), _negated=True), ('parent__isnull', False)), _connector='OR'), name='unit_root_is_district'), models.CheckConstraint(condition=models.Q(('merged_into', None), ('closed_at__isnull', False), _connector='OR'), name='unit_merged_is_closed'), models.CheckConstraint(condition=models.Q(('grid_kind', ''), ('kind', 'grid'), _connector='OR'), name='unit_grid_kind_of_grid'), models.CheckConstraint(condition=models.Q(('lft__lt', models.F('rght'))), name='unit_lft_before_rght')],},
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=grids.roles.role_choices, max_length=30, verbose_name='role')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(help_text='The first day without the post.', null=True, verbose_name='until')),
                ('sole', models.BooleanField(default=False, editable=False)),
                ('body', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='grids.body', verbose_name='body')),
                ('deputy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deputised_posts', to=settings.AUTH_USER_MODEL, verbose_name='deputy')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='grids.unit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'post',
                'verbose_name_plural': 'posts',
            "constraints": [models.CheckConstraint(condition=models.Q(models.Q(('body__isnull', False), ('unit', None)), models.Q(('body', None), ('unit__isnull', False)), _connector='OR'), name='post_at_unit_or_body'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='post_ends_after'), models.CheckConstraint(condition=models.Q(('deputy', None), models.Q(('deputy', models.F('user')), _negated=True), _connector='OR'), name='post_deputy_is_another'), models.CheckConstraint(condition=models.Q(('sole', False), ('unit__isnull', False), _connector='OR'), name='post_sole_at_unit'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('sole', True)), expressions=[(models.Func(models.F('unit'), models.F('unit'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('starts_on'), models.F('ends_on'), function='daterange'), '&&')], name='post_sole_once')],},
        ),
        migrations.CreateModel(
            name='LevelProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=grids.levels.level_choices, max_length=10, verbose_name='level')),
                ('line', models.CharField(choices=grids.levels.line_choices, max_length=5, verbose_name='line')),
                ('label', models.CharField(max_length=40, verbose_name='level name')),
                ('party_label', models.CharField(max_length=60, verbose_name='Party body')),
                ('is_sample', models.BooleanField(default=False, verbose_name='sample')),
                ('source', models.CharField(blank=True, max_length=60, verbose_name='source')),
                ('district', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='profiles', to='grids.unit', verbose_name='district')),
            ],
            options={
                'verbose_name': 'level profile',
                'verbose_name_plural': 'level profiles',
            "constraints": [models.UniqueConstraint(fields=('district', 'level', 'line'), name='level_profile_once')],},
        ),
        migrations.CreateModel(
            name='DistrictPower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(choices=grids.powers.power_choices, max_length=20, verbose_name='power')),
                ('granted', models.BooleanField(verbose_name='granted')),
                ('district', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='powers', to='grids.unit', verbose_name='district')),
            ],
            options={
                'verbose_name': 'district power',
                'verbose_name_plural': 'district powers',
            "constraints": [models.UniqueConstraint(fields=('district', 'key'), name='district_power_once')],},
        ),
        migrations.CreateModel(
            name='BuildingToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=grids.models.units.new_token, editable=False, max_length=32, unique=True, verbose_name='token')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked at')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='grids.unit', verbose_name='building')),
            ],
            options={
                'verbose_name': 'building token',
                'verbose_name_plural': 'building tokens',
            },
        ),
        migrations.AddField(
            model_name='body',
            name='district',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='district'),
        ),
        migrations.AddField(
            model_name='body',
            name='street',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='grids.unit', verbose_name='street'),
        ),
        migrations.AddField(
            model_name='body',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bodies', to='grids.unit', verbose_name='belongs to'),
        ),
        migrations.CreateModel(
            name='UnitAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=17, unique=True, verbose_name='code')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='grids.unit', verbose_name='unit')),
            ],
            options={
                'verbose_name': 'former code',
                'verbose_name_plural': 'former codes',
            },
        ),
        migrations.CreateModel(
            name='Leave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leaves', to='grids.post', verbose_name='post')),
            ],
            options={
                'verbose_name': 'leave',
                'verbose_name_plural': 'leaves',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='leave_ends_after')],
            },
        ),
        migrations.CreateModel(
            name='DutyShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('rank', models.PositiveSmallIntegerField(default=1, verbose_name='rank')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='grids.post', verbose_name='post')),
            ],
            options={
                'verbose_name': 'duty shift',
                'verbose_name_plural': 'duty shifts',
                'indexes': [models.Index(fields=['ends_at'], name='shift_ends')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='shift_ends_after')],
            },
        ),
        
        
        
        
        
        
        
        
        
        
        
        
    ]
