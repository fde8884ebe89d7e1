"""The queue: a row for each declaration that awaits a decision, in the place of an index of all that ever did."""

from itertools import islice

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, OuterRef

BATCH = 1000


def fill(apps, schema_editor):
    """What waits by now. What older code files or decides beside this one is for `mend_queue`."""
    declarations, decisions, waiting = (
        apps.get_model("declarations", name)._base_manager for name in ("Declaration", "Decision", "QueueEntry")
    )
    decided = decisions.filter(declaration=OuterRef("pk"))
    pending = declarations.filter(~Exists(decided), status="S").values_list("pk", "submitted_at")
    rows = (waiting.model(declaration_id=key, since=since) for key, since in pending.iterator(BATCH))
    while batch := list(islice(rows, BATCH)):
        waiting.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("declarations", "0010_lists_by_index")]

    operations = [
        migrations.CreateModel(
            name="QueueEntry",
            fields=[
                (
                    "declaration",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="queue_entry",
                        serialize=False,
                        to="declarations.declaration",
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["since", "declaration"], name="queueentry_since")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex("declaration", "declaration_pending"),
    ]
