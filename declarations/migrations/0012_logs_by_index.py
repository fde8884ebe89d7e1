"""Indexes that the lists of notifications and the logs are read by, in their order.

On PostgreSQL they are built beside what is filed, which waits for none of them; outside a transaction, so that the
migration may be run again when one was given up: what is left of that one is removed first.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexMeanwhile(AddIndexConcurrently):
    """An index, built on PostgreSQL while rows are written."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)


def index(model, columns, name):
    return AddIndexMeanwhile(model, models.Index(fields=columns, name=name))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("declarations", "0011_waiting")]

    operations = [
        index("notification", ["created_at"], "notification_created"),
        index("notification", ["state", "created_at"], "notification_state_created"),
        index("notification", ["channel", "created_at"], "notification_channel_created"),
        index("decision", ["status", "decided_at"], "decision_status_moment"),
        index("decision", ["decided_by", "decided_at"], "decision_reviewer_moment"),
        index("periodlock", ["changed_by", "changed_at"], "periodlock_reviewer_moment"),
        index("ssinaccess", ["accessed_by", "accessed_at"], "ssinaccess_account_moment"),
        index("listexport", ["exported_by", "exported_at"], "listexport_account_moment"),
    ]
