"""The three roles of the office as groups. Administrators may change them; no later migration changes them back."""

from django.db import migrations

TABLES = (
    "allowedpair", "anomaly", "country", "jointcommittee", "nationality", "postalcode", "quota", "riskcode",
    "traineestatus", "workertype",
)
FILED = (
    "declaration", "declarationanomaly", "decision", "decisionanomaly", "notification", "period", "periodlock",
    "worker",
)

# By group: app, model, the actions allowed on it.
ROLES = {
    "Reviewer": [
        *(("declarations", model, ["view"]) for model in FILED),
        ("declarations", "declaration", ["decide", "export", "see_ssin"]),
        ("declarations", "period", ["lock"]),
        ("referentials", "employer", ["view"]),
    ],
    "Referential editor": [
        ("referentials", model, ["add", "change", "view"]) for model in (*TABLES, "employer")
    ],
    "Auditor": [
        *(("declarations", model, ["view"]) for model in (*FILED, "listexport", "seal", "ssinaccess", "tombstone")),
        *(("referentials", model, ["view"]) for model in (*TABLES, "employer")),
        *(("axes", model, ["view"]) for model in ("accessattempt", "accessfailurelog", "accesslog")),
        *(("auth", model, ["view"]) for model in ("group", "user")),
        ("admin", "logentry", ["view"]),
    ],
}
# The permissions whose names Django does not derive from the model.
NAMES = {
    "decide_declaration": "Can decide a pending declaration",
    "export_declaration": "Can export lists",
    "see_ssin": "Can see a full SSIN",
    "lock_period": "Can lock and unlock a period",
}


def make_groups(apps, schema_editor):
    """Make the groups, and the permissions that Django would only make after the last migration."""
    group = apps.get_model("auth", "Group")
    for name, rights in ROLES.items():
        role, _created = group.objects.get_or_create(name=name)
        for app, model, actions in rights:
            role.permissions.add(*(permission(apps, app, model, action) for action in actions))


def permission(apps, app, model, action):
    """The permission for an action on a model."""
    codename = action if action in NAMES else f"{action}_{model}"
    content_type, _created = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    label = apps.get_model(app, model)._meta.verbose_name_raw
    return apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": NAMES.get(codename, f"Can {action} {label}")},
    )[0]


class Migration(migrations.Migration):

    dependencies = [
        ("declarations", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
