"""Planted writes outside actions, and calls that only look like one."""

import pytest

from tests.architecture import writes

WRITES = {
    "save": "issue.save()",
    "save of some fields": "issue.save(update_fields=['state'])",
    "save of an attribute": "request.user.save()",
    "save by argument names": "issue.save(*args, **kwargs)",
    "serializer": "serializer.save(by=request.user)",
    "async": "async def f(issue):\n    await Issue.objects.acreate(state='x')",
    "delete a row": "issue.delete()",
    "delete rows": "Issue.objects.filter(state='x').delete()",
    "delete with argument": "photo.delete(using='default')",
    "create": "Issue.objects.create(state='x')",
    "create with a position": "AuthToken.objects.create(user)",
    "create a related row": "issue.callees.create(body=body)",
    "bulk_create": "Issue.objects.bulk_create(rows)",
    "bulk_update": "Issue.objects.bulk_update(rows, ['state'])",
    "get_or_create": "Issue.objects.get_or_create(code='x')",
    "update_or_create": "Issue.objects.update_or_create(code='x')",
    "update rows": "Issue.objects.filter(pk=1).update(state='x')",
    "update with unpacked values": "Issue.objects.filter(pk=1).update(**values)",
    "update of a kept queryset": "late = Issue.objects.filter(pk=1)\nlate.update(**values)",
    "update of a parameter": "def f(units, now):\n    units.update(closed_at=now)",
    "update of an admin's queryset": "def f(self, request, queryset):\n    queryset.update(**values)",
    "lock and update": "Issue.objects.select_for_update().update(state='x')",
    "add to a relation": "issue.concerned.add(unit)",
    "set a relation": "issue.concerned.set([unit])",
    "clear a relation": "issue.concerned.clear()",
    "add to a reverse relation": "unit.issue_set.add(issue)",
    "make a user": "User.objects.create_user('x')",
    "move in the tree": "unit.move_to(parent)",
    "rebuild the tree": "Unit.objects.rebuild()",
    "file field that saves its row": "photo.file.save('x.jpg', content, save=True)",
    "file field with its content": "photo.file.save('x.jpg', content=content)",
    "SQL insert": "cursor.execute('INSERT INTO issues_issue (a) VALUES (1)')",
    "SQL update": "SQL = 'UPDATE issues_issue AS i SET state = %s'",
    "SQL update in lines": 'SQL = """\n  UPDATE issues_issue\n  SET state = 1"""',
    "SQL delete": "SQL = f'DELETE FROM {table}'",
    "SQL truncate": "SQL = 'TRUNCATE trail_event'",
    "SQL in small letters": "cursor.execute('update issues_issue set a = 1')",
    "ModelForm": "class F(forms.ModelForm):\n    pass",
    "editing view": "class V(UpdateView):\n    pass",
    "viewset": "class V(viewsets.ModelViewSet):\n    queryset = 1",
    "viewset mixin": "class V(mixins.CreateModelMixin, GenericViewSet):\n    pass",
    "viewset half closed": "class V(ModelViewSet):\n    def create(self): ...\n    def update(self): ...",
    "input through a read serializer": "class S(ModelSerializer):\n    pass\n\n\nS(data=request.data)",
    "input through its child": "class S(ModelSerializer): ...\n\n\nclass T(S): ...\n\n\nT(data=request.data)",
}

MODELS = """
class Issue(models.Model):
    concerned = models.ManyToManyField(Unit)
    whistle = models.ForeignKey(Whistle, related_name="callees", db_column="seen")

    def __str__(self):
        return self.code
"""


@pytest.mark.parametrize(
    "path", ["issues/views.py", "issues/tasks.py", "issues/management/commands/tidy.py", "issues/points.py"]
)
@pytest.mark.parametrize("text", WRITES.values(), ids=WRITES.keys())
def test_a_write_outside_actions_is_found(plant, path: str, text: str) -> None:
    found = list(writes.check(plant({path: text + "\n", "issues/models.py": MODELS})))
    assert found and all(each.path == path and each.what.startswith("writes: ") for each in found)
    assert "issues/actions" in found[0].instead


@pytest.mark.parametrize(
    "path", ["issues/actions.py", "issues/actions/dispatch.py", "issues/migrations/0002_fill.py"]
)
@pytest.mark.parametrize("text", WRITES.values(), ids=WRITES.keys())
def test_actions_and_migrations_write(plant, path: str, text: str) -> None:
    assert list(writes.check(plant({path: text + "\n", "issues/__init__.py": ""}))) == []


LOOKS_ALIKE = {
    "dict": "found = {}\nfound.update(a=1)\nfound.update({'a': 1})\nfound.update(other)",
    "dict by name": "context.update(form=form)\nself.widget.attrs.update(rows=3)\napp.conf.update(a=True)",
    "made by dict": "seen = dict(a=1)\nseen.update(b=2)",
    "hash": "digest = hashlib.sha256()\ndigest.update(b'x')",
    "progress": "bar.update(1)",
    "set": "seen = set()\nseen.add(1)\nseen.remove(1)\nseen.clear()",
    "unknown set": "def f(self, seen):\n    seen.add(1)\n    self.seen.add(1)",
    "list": "rows.append(1)\nrows.clear()\nrows.remove(1)",
    "cache": "cache.set('a', 1)\ncache.add('a', 1)\ncache.delete('a')",
    "client": "client.delete('/api/v1/issues/1/')",
    "storage": "default_storage.save('a', content)\ndefault_storage.delete('a')",
    "file alone": "photo.file.save('a', content, save=False)\nphoto.file.delete(save=False)",
    "picture": "image.save(buffer, 'JPEG')\nqr.save(buffer, kind='svg')\nworkbook.save('a.xlsx')",
    "plain form": "form.save()\nself.form.save(commit=False)",
    "session": "request.session.save()\nrequest.session.delete()",
    "reading": "Issue.objects.filter(a=1)\nIssue.objects.select_for_update().get()\nissue.callees.all()",
    "reading SQL": "SQL = 'SELECT 1 FROM t FOR UPDATE SKIP LOCKED'\nx = 'updated the set'",
    "SQL in a variable": "cursor.execute(QUERY)\ncursor.execute('select 1')",
    "prose": "help = 'Delete from the list what you truncate'\nx = 'Update the set'",
    "plain class": "class Book:\n    def save(self): ...\n    def f(self):\n        self.save()\nbook.save()",
    "rights taken": "SQL = 'REVOKE UPDATE, DELETE, TRUNCATE ON trail_event FROM app'",
    "rights": "SQL = 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app'",
    "docstring": "def f():\n    '''INSERT INTO is SQL.'''",
    "task": "sweep.delay()",
    "calling an action": "set_language(user, language='en', by=user, now=now)",
    "plain form class": "class F(forms.Form):\n    pass",
    "viewset that calls actions": "class V(CreateModelMixin, View):\n    def perform_create(self, s): act()",
    "viewset of its own": "class V(ListCreateAPIView):\n    def create(self, request): act()",
    "reading viewset": "class V(ReadOnlyModelViewSet):\n    pass",
    "reading serializer": "class S(ModelSerializer):\n    pass\n\n\nS(issue)\nS(instance=issue, many=True)",
    "plain serializer": "class S(Serializer):\n    pass\n\n\nS(data=request.data)",
}


@pytest.mark.parametrize("text", LOOKS_ALIKE.values(), ids=LOOKS_ALIKE.keys())
def test_what_only_looks_like_a_write_passes(plant, text: str) -> None:
    assert list(writes.check(plant({"issues/views.py": text + "\n", "issues/models.py": MODELS}))) == []


def test_a_row_that_is_named_like_no_plain_class_is_found(found_in) -> None:
    text = "class Ledger(Model):\n    pass\n\n\nclass Book:\n    def save(self): ...\n\n\nledger.save()\n"
    assert found_in(writes.check, "issues/views.py", text) == ["issues/views.py:9 writes: ledger.save()."]


def test_a_model_with_a_save_of_its_own_is_found(plant) -> None:
    text = """
        class Issue(models.Model):
            def save(self, **keywords):
                self.code = 1
                super().save(**keywords)
    """
    what = [each.what for each in writes.check(plant({"issues/models.py": text}))]
    assert any("Issue.save() is overridden" in each for each in what)


def test_a_model_may_refuse_to_be_deleted(plant) -> None:
    text = """
        class Event(models.Model):
            def delete(self, *args):
                '''Never.'''
                raise TypeError
    """
    assert list(writes.check(plant({"trail/models.py": text}))) == []
