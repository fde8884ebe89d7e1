"""The URL patterns under each language prefix."""

from django.urls import path, register_converter

from .enums import DeclarationKind
from .wizard import pages
from .wizard.steps import STEPS
from .wizard.wizard import DeclarationWizard


class KindConverter:
    """URL converter for a kind of declaration that has a wizard."""

    regex = "|".join(kind.value for kind in STEPS)

    def to_python(self, value: str) -> DeclarationKind:
        """The kind; the pattern matches existing kinds only."""
        return DeclarationKind(value)

    def to_url(self, value: str) -> str:
        """The value of the kind."""
        return str(value)


register_converter(KindConverter, "kind")


def wizard(kind: DeclarationKind):  # type: ignore[no-untyped-def]
    """The URL pattern of every step of a kind: kind, draft, step."""
    view = DeclarationWizard.as_view([(step.slug, step.form) for step in STEPS[kind]], kind=kind, url_name=kind.value)
    return path(f"{kind.value}/<uuid:draft>/<slug:step>/", view, name=kind.value)


urlpatterns = [
    path("", pages.home, name="home"),
    path("<kind:kind>/<uuid:draft>/discard/", pages.discard, name="discard"),
    path("discarded/", pages.discarded, name="discarded"),
    *[wizard(kind) for kind in STEPS],
    path("receipt/<slug:token>/", pages.receipt, name="receipt"),
    path("receipt/<slug:token>/correct/", pages.correct, name="correct"),
    path("receipt/<slug:token>/<kind:kind>/", pages.begin_on_period, name="begin-on-period"),
    path("places/<int:version>/", pages.places, name="places"),
    path("rules/", pages.rules_table, name="rules"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("contact/", pages.contact, name="contact"),
]
