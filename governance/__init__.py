"""The roof: settings, urls, celery. It has no models, and nobody imports it."""

from governance.celery import app as celery_app

__all__ = ["celery_app"]
