"""The catalogues of what stations offer."""

from django.contrib import admin

from portal.core.administration.models import ReferenceAdmin
from stations.models import Amenity, FunctionRecommendation, ServiceItem, StationFunction


@admin.register(StationFunction)
class StationFunctionAdmin(ReferenceAdmin):
    list_display = ["name", "code", "order", "is_active"]
    list_editable = ["order", "is_active"]
    search_fields = ["name", "code"]


@admin.register(FunctionRecommendation)
class FunctionRecommendationAdmin(ReferenceAdmin):
    list_display = ["station_type", "function"]
    list_filter = ["station_type"]
    list_select_related = ["function"]


@admin.register(ServiceItem)
class ServiceItemAdmin(ReferenceAdmin):
    list_display = ["name", "code", "group", "order", "is_active"]
    list_filter = ["group", "is_active"]
    list_editable = ["order", "is_active"]
    search_fields = ["name", "code"]


@admin.register(Amenity)
class AmenityAdmin(ReferenceAdmin):
    list_display = ["name", "code", "icon", "order", "is_active"]
    list_editable = ["order", "is_active"]
    search_fields = ["name", "code"]
