"""The addresses for who is outside the networks of the administration."""

from .urls import public

urlpatterns = public
