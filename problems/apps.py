"""The app."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    """The map, its papers and its people."""

    name = "problems"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from problems import checks  # noqa: F401, PLC0415  # checks need the models
