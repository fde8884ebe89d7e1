"""The Django project: settings, URL configuration, middleware and the WSGI entry point."""
