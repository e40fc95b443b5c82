from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests"
    verbose_name = _("Service requests")

    def ready(self) -> None:
        # They register themselves, and need the models.
        from requests import (  # noqa: PLC0415
            absence_notices,  # noqa: F401
            claims,  # noqa: F401
            deliberation_notices,  # noqa: F401
            hotline,  # noqa: F401
            limit_notices,  # noqa: F401
            notices,  # noqa: F401
            probes,  # noqa: F401
            project_notices,  # noqa: F401
            region_moves,  # noqa: F401
            reply_notices,  # noqa: F401
            services,  # noqa: F401
            step_events,  # noqa: F401
            survey_notices,  # noqa: F401
            whistle_notices,  # noqa: F401
        )
