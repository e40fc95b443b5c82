from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "portal.core"
    label = "core"
    verbose_name = _("Core")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.core import history, region_merges  # noqa: F401, PLC0415  (need the app registry)
        from portal.core.notifications import quiet  # noqa: PLC0415

        history.install()
        # A setting that cannot be read stops the start, not the first dispatch of the day.
        quiet.of_portal()
