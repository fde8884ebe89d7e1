"""Every address below a language, as the service's are."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import path

from .views import answer, nothing, same_bytes

# The entry is not found, and so led on by the middleware of languages.
handler404 = nothing

urlpatterns = i18n_patterns(
    path("same-bytes/<int:position>/", same_bytes), path("", answer, name="home"), path("<path:rest>", answer)
)
