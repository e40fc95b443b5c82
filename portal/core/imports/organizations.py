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

    also_called = {
        "name": ("单位名称", "组织名称"), "short_name": ("单位简称",), "kind": ("单位类别", "单位类型", "组织类别"),
        "credit_code": ("信用代码", "社会信用代码"), "region": ("所属区域", "所属社区", "所在社区"),
        "parent": ("上级单位", "主管单位"), "address": ("单位地址", "联系地址"),
        "phone": ("单位电话", "联系电话", "电话"),
        "member_count": ("成员人数",), "founded_on": ("成立时间",),
    }  # fmt: skip

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
