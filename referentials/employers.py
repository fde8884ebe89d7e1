"""The employers' repertory: employers, their numbers, and the dates between which they may declare."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Lookup, Q
from django.db.models.lookups import StartsWith
from django.utils.translation import gettext_lazy as _

from .folding import fold


def digits(pattern: str) -> RegexValidator:
    """A validator of the shape of a compact number. Its check digits are validated where it is entered."""
    return RegexValidator(rf"^{pattern}\Z", _("Enter only the digits of the number, without dots, dashes or spaces."))


class SearchKey(models.CharField):
    """Field with the beginning of the row's folded `name`, computed at every write of the whole row, in bulk too."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Set the key from the current name."""
        key = fold(getattr(model_instance, "name"))[: self.max_length]  # noqa: B009 - any model with a name
        setattr(model_instance, self.attname, key)
        return key


@SearchKey.register_lookup
class Begins(Lookup):
    """Lookup `search_key__begins="compt"`: a prefix search by index, also on SQLite, whose LIKE reads every row."""

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The range from the prefix to the last text that begins with it, in byte order."""
        column, parameters = self.process_lhs(compiler, connection)
        last = self.rhs + chr(0x10FFFF)
        return f"{column} >= %s AND {column} <= %s", (*parameters, self.rhs, *parameters, last)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """LIKE, because PostgreSQL sorts by the rules of a language; `>=` lets an ordered scan begin at the prefix."""
        like, parameters = StartsWith(self.lhs, self.rhs).as_sql(compiler, connection)
        column, more = self.process_lhs(compiler, connection)
        return f"({like} AND {column} >= %s)", (*parameters, *more, self.rhs)


class Channel(models.TextChoices):
    """The official channel by which the office writes to an employer (manual, 'Confirmation of receipt')."""

    EBOX = "ebox", _("e-Box Enterprise")
    POST = "post", _("post")
    EMAIL = "email", _("e-mail")


class Employer(models.Model):
    """An employer of the repertory, with at least one number. Numbers are stored compact (referentials.numbers).

    Name and address have the columns and lengths of the open data of the Crossroads Bank for Enterprises.
    `extra_address_info` holds what street, number and box leave out: a building, a floor, "c/o".
    """

    name = models.CharField(_("company name"), max_length=320)
    search_key = SearchKey(max_length=60, editable=False, db_index=True, default="")
    enterprise_number = models.CharField(
        _("enterprise number"), max_length=10, unique=True, null=True, blank=True, validators=[digits(r"[01][0-9]{9}")]
    )
    nsso_number = models.CharField(
        _("NSSO number, definitive"),
        max_length=9,
        unique=True,
        null=True,
        blank=True,
        validators=[digits(r"[1-9][0-9]{5,8}")],
    )
    provisional_nsso_number = models.CharField(
        _("NSSO number, provisional"),
        max_length=10,
        unique=True,
        null=True,
        blank=True,
        validators=[digits(r"5[0-9]{9}")],
    )
    street = models.CharField(_("street"), max_length=200, blank=True)
    house_number = models.CharField(_("house number"), max_length=22, blank=True)
    box = models.CharField(_("box"), max_length=20, blank=True)
    extra_address_info = models.CharField(_("extra address information"), max_length=80, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    town = models.CharField(_("town"), max_length=200, blank=True)
    country = models.CharField(
        _("country"), max_length=5, blank=True, help_text=_("The five-digit code from annex 5.")
    )
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in ("nl", "fr", "de")])
    channel = models.CharField(_("official channel"), max_length=5, choices=Channel, default=Channel.POST)
    email = models.EmailField(_("e-mail address"), blank=True)
    is_batch_sender = models.BooleanField(
        _("batch sender"), default=False, help_text=_("Receives no notifications in the e-Box.")
    )
    is_secured_channel_only = models.BooleanField(_("secured channel only"), default=False)
    is_public_broadcaster = models.BooleanField(_("public broadcaster"), default=False)
    may_declare_mandates = models.BooleanField(_("may declare mandates"), default=True)
    active_from = models.DateField(_("active from"), null=True, blank=True)
    active_until = models.DateField(_("active until"), null=True, blank=True)
    is_closed_by_cbe = models.BooleanField(
        _("closed by the CBE"),
        default=False,
        editable=False,
        help_text=_("Struck off or removed from the Crossroads Bank for Enterprises; reopened if it reappears there."),
    )

    class Meta:
        ordering = ["search_key"]
        verbose_name = _("employer")
        verbose_name_plural = _("employers")
        # Each index lists the few employers with that flag, out of a million, in the order of the list.
        indexes = [
            models.Index(fields=["search_key"], name=f"employer_{name[3:]}", condition=Q(**{name: True}))
            for name in ("is_batch_sender", "is_secured_channel_only", "is_public_broadcaster")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(active_until__isnull=True)
                | Q(active_from__isnull=True)
                | Q(active_until__gte=F("active_from")),
                name="employer_active_until_after_from",
                violation_error_message=_("The last day of activity is before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.EMAIL) | ~Q(email=""),
                name="employer_by_email_has_an_address",
                violation_error_message=_("Fill in the e-mail address, or choose another channel."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an employer without a number: it could not be found."""
        if not self.numbers:
            raise ValidationError(_("Fill in at least one number."))

    @property
    def numbers(self) -> list[str]:
        """The compact numbers that are filled in: enterprise, definitive NSSO, provisional NSSO."""
        known = (self.enterprise_number, self.nsso_number, self.provisional_nsso_number)
        return [number for number in known if number]
