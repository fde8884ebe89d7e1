"""The secrets of authenticator apps encrypted, and recovery codes hashed; both were kept as they are."""

import declarations.encryption
import declarations.models.staff
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OLD_TABLE = "otp_totp_totpdevice"


def take_over(apps, schema_editor):
    """Encrypt what the table of django-otp's own devices holds, if there is one, and drop it; hash the codes."""
    connection = schema_editor.connection
    app = apps.get_model("declarations", "AuthenticatorApp")
    if OLD_TABLE in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT user_id, name, confirmed, key, last_t FROM {OLD_TABLE}")
            for user, name, confirmed, key, last_step in cursor.fetchall():
                app.objects.create(
                    user_id=user, name=name, confirmed=bool(confirmed), secret=key, last_step=last_step
                )
            cursor.execute(f"DROP TABLE {OLD_TABLE}")
            # So that the app of that table could be installed again.
            cursor.execute("DELETE FROM django_migrations WHERE app = 'otp_totp'")
    for code in apps.get_model("otp_static", "StaticToken").objects.all():
        code.token = declarations.models.staff.recovery_code_hash(code.token)
        code.save(update_fields=["token"])


class Migration(migrations.Migration):

    dependencies = [
        ('declarations', '0007_figures_and_exports'),
        ('otp_static', '0003_add_timestamps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuthenticatorApp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='The date and time when this device was initially created in the system.', null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='The most recent date and time this device was used.', null=True)),
                ('secret', declarations.encryption.EncryptedTextField(default=declarations.models.staff.new_secret, editable=False)),
                ('last_step', models.BigIntegerField(default=-1, editable=False)),
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'authenticator app',
                'default_permissions': (),
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
