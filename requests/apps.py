from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests"
    verbose_name = _("Service requests")

    def ready(self) -> None:
        from requests import claims, notices, region_moves, services  # noqa: F401, PLC0415  (register themselves; need the models)
