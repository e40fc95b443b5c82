"""Organisations as a sheet."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.core.imports.resources import SheetResource
from portal.core.models import Organization


class OrganizationResource(SheetResource):
    key = "credit_code"
    title = _("Organisations")
    notes = {
        "credit_code": _("If it is empty, the organisation is found by its region and name."),
        "phone": _("An office phone, never a private number."),
        "takes_requests": _("Whether cases can be dispatched to this unit."),
    }

    class Meta(SheetResource.Meta):
        model = Organization
        fields = [
            "name", "short_name", "kind", "credit_code", "region", "parent", "address", "phone", "member_count",
            "founded_on", "takes_requests", "is_active", "notes",
        ]  # fmt: skip

    def key_in(self, row: dict[str, Any]) -> str:
        return super().key_in(row).upper()

    def finish(self, instance: Any, row: dict[str, Any], errors: dict[str, Any]) -> None:
        instance.credit_code = instance.credit_code.upper()
