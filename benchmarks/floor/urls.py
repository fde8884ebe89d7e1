"""A single view for every address under a language prefix."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import path

from .views import answer, nothing, same_bytes

# The entry page is not found, so the locale middleware redirects it.
handler404 = nothing

urlpatterns = i18n_patterns(
    path("same-bytes/<int:position>/", same_bytes), path("", answer, name="home"), path("<path:rest>", answer)
)
