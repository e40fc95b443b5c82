"""Every address of the portal; which part serves it stands in DESIGN's order of addresses."""

from django.contrib import admin
from django.urls import include, path

from portal import monitoring
from portal.core import views
from volunteers.views import calendars, walls

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", monitoring.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/", include("portal.api.urls")),
    path("open311/v2/", include("portal.api.open311.urls")),
    path("accounts/role/", views.switch_membership, name="switch_membership"),
    path("accounts/", include("portal.core.account_urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("desk/", include("portal.core.registry.urls")),
    path("desk/", include("portal.desk.urls")),
    path("desk/", include("requests.urls")),
    path("desk/", include("stations.urls")),
    path("desk/", include("volunteers.urls")),
    path("volunteer/me/cases/", include("requests.own_urls")),
    path("volunteer/me/", include("volunteers.own_urls")),
    path("checkin/", include("volunteers.checkin_urls")),
    path("certificate/", include("volunteers.certificate_urls")),
    path("calendar/<str:token>.ics", calendars.FeedFile.as_view(), name="calendar_feed"),
    path("screen/<str:token>/", walls.PublicWall.as_view(), name="wall_screen"),
    path("", include("portal.public.urls")),
]

handler400 = "portal.core.views.bad_request"
handler403 = "portal.core.views.permission_denied"
handler404 = "portal.core.views.not_found"
handler500 = "portal.core.views.server_error"
