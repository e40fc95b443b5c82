"""The tree of categories."""

from django.contrib import admin

from portal.core.administration.models import ReferenceAdmin
from requests.models import Category


@admin.register(Category)
class CategoryAdmin(ReferenceAdmin):
    list_display = ["path", "level", "time_limit", "is_active"]
    list_filter = ["level", "time_limit", "is_active"]
    search_fields = ["path"]
    autocomplete_fields = ["parent"]
