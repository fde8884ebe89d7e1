"""The addresses below each language."""

from django.urls import path, register_converter

from . import views
from .enums import DeclarationKind
from .steps import STEPS
from .wizard import DeclarationWizard


class KindConverter:
    """A kind of declaration that has a wizard."""

    regex = "|".join(kind.value for kind in STEPS)

    def to_python(self, value: str) -> DeclarationKind:
        """The kind of that name; the pattern lets no other through."""
        return DeclarationKind(value)

    def to_url(self, value: str) -> str:
        """The name of a kind, in the address as in `DeclarationKind`."""
        return str(value)


register_converter(KindConverter, "kind")


def wizard(kind: DeclarationKind):  # type: ignore[no-untyped-def]
    """The address of every step of a kind: kind, draft, step."""
    view = DeclarationWizard.as_view([(step.slug, step.form) for step in STEPS[kind]], kind=kind, url_name=kind.value)
    return path(f"{kind.value}/<uuid:draft>/<slug:step>/", view, name=kind.value)


urlpatterns = [
    path("", views.home, name="home"),
    path("<kind:kind>/<uuid:draft>/discard/", views.discard, name="discard"),
    path("discarded/", views.discarded, name="discarded"),
    *[wizard(kind) for kind in STEPS],
    path("receipt/<slug:token>/", views.receipt, name="receipt"),
    path("receipt/<slug:token>/correct/", views.correct, name="correct"),
    path("receipt/<slug:token>/<kind:kind>/", views.continue_with, name="continue-with"),
    path("places/<int:version>/", views.places, name="places"),
    path("rules/", views.rules_table, name="rules"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
]
