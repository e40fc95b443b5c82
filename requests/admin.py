"""The tree of categories, and what is asked about their matters."""

from django.contrib import admin

from portal.core.administration.models import ReferenceAdmin
from requests.models import Category, ServiceAttribute


@admin.register(Category)
class CategoryAdmin(ReferenceAdmin):
    list_display = ["path", "level", "time_limit", "is_active"]
    list_filter = ["level", "time_limit", "is_active"]
    search_fields = ["path"]
    autocomplete_fields = ["parent"]


@admin.register(ServiceAttribute)
class ServiceAttributeAdmin(ReferenceAdmin):
    list_display = ["category", "code", "question", "datatype", "is_required", "order"]
    list_filter = ["datatype", "is_required"]
    search_fields = ["code", "question", "category__path"]
    autocomplete_fields = ["category"]
