"""The addresses for who is outside the networks of the administration."""

from .urls import handler500, public

__all__ = ["handler500", "urlpatterns"]

urlpatterns = public
