from django.apps import AppConfig


class DemoConfig(AppConfig):
    """No models: the seed writes through the actions of the other apps."""

    name = "demo"
