"""The tree of categories, what is asked about their matters, and the words of danger."""

from django.contrib import admin

from portal.core.administration.models import ReferenceAdmin
from requests.models import Category, DangerWord, HazardKind, ServiceAttribute


@admin.register(Category)
class CategoryAdmin(ReferenceAdmin):
    list_display = ["path", "level", "time_limit", "is_active"]
    list_filter = ["level", "time_limit", "is_active"]
    search_fields = ["path"]
    autocomplete_fields = ["parent"]


@admin.register(DangerWord)
class DangerWordAdmin(ReferenceAdmin):
    """The city's own words; the built-in ones are in `requests/danger.py`."""

    list_display = ["word", "number", "unless", "is_active"]
    list_filter = ["number", "is_active"]
    search_fields = ["word"]


@admin.register(HazardKind)
class HazardKindAdmin(ReferenceAdmin):
    """The city's own tiles for riders; the built-in ones are in `requests/hazards.py`."""

    list_display = ["code", "name", "icon", "category", "order", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["category"]


@admin.register(ServiceAttribute)
class ServiceAttributeAdmin(ReferenceAdmin):
    list_display = ["category", "code", "question", "datatype", "is_required", "order"]
    list_filter = ["datatype", "is_required"]
    search_fields = ["code", "question", "category__path"]
    autocomplete_fields = ["category"]
