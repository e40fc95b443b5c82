from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests"
    verbose_name = _("Service requests")

    def ready(self) -> None:
        # They register themselves, and need the models.
        from requests import claims, limit_notices, notices, project_notices, region_moves, services  # noqa: F401, PLC0415
