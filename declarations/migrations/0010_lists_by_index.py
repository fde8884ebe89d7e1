"""Indexes that end with the order of the lists, in the place of those of three foreign keys.

An index is dropped by itself: to alter the field would copy the table on SQLite, and on PostgreSQL check every row of
the foreign key again while the table is locked.
"""

import django.db.models.deletion
from django.db import migrations, models

MODELS = ("declaration", "period")
FIELDS = {
    "employer": ("referentials.employer", "employer"),
    "joint_committee": ("referentials.jointcommittee", "joint committee"),
    "worker_type": ("referentials.workertype", "type of worker"),
}


def fields(apps):
    for model in MODELS:
        found = apps.get_model("declarations", model)
        yield from ((found, found._meta.get_field(name)) for name in FIELDS)


def drop(apps, schema_editor):
    for model, field in fields(apps):
        for name in schema_editor._constraint_names(model, [field.column], unique=False, index=True):
            schema_editor.execute(schema_editor._delete_index_sql(model, name))


def create(apps, schema_editor):
    for model, field in fields(apps):
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[field]))


def index(model, columns, name, **options):
    return migrations.AddIndex(model, models.Index(fields=columns, name=name, **options))


class Migration(migrations.Migration):
    dependencies = [("declarations", "0009_unopened"), ("referentials", "0003_employer_search")]

    operations = [
        index("declaration", ["kind", "submitted_at"], "declaration_kind_sent"),
        index("declaration", ["employer", "submitted_at"], "declaration_employer_sent"),
        index("declaration", ["joint_committee", "submitted_at"], "declaration_committee_sent"),
        index("declaration", ["worker_type", "submitted_at"], "declaration_type_sent"),
        index("declaration", ["start_date"], "declaration_start"),
        index("declaration", ["submitted_at", "id"], "declaration_pending", condition=models.Q(status="S")),
        index("period", ["employer", "number"], "period_employer_number"),
        index("period", ["joint_committee", "number"], "period_committee_number"),
        index("period", ["worker_type", "number"], "period_type_number"),
        index("period", ["start_date"], "period_start"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, create)],
            state_operations=[
                migrations.AlterField(
                    model,
                    name,
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=to,
                        verbose_name=words,
                    ),
                )
                for model in MODELS
                for name, (to, words) in FIELDS.items()
            ],
        ),
    ]
