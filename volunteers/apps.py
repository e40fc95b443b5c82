from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from volunteers import (  # noqa: F401, PLC0415  (register themselves; need the models)
            call_outs,
            notices,
            organizations,
            region_moves,
        )
