"""What the administrations of single models share."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from portal.core.administration.site import is_administrator


class ReferenceAdmin(ModelAdmin):
    """Reference data: whoever may enter may change it. Django's own permissions play no part in this portal."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


class ReadOnlyAdmin(ReferenceAdmin):
    """To look at, not to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_delete_permission = has_change_permission
