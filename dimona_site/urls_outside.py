"""The URL configuration for clients outside the administration's networks."""

from .urls import handler500, public

__all__ = ["handler500", "urlpatterns"]

urlpatterns = public
