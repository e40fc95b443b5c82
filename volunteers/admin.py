"""The catalogue of skills."""

from django.contrib import admin

from portal.core.administration.models import ReferenceAdmin
from volunteers.models import Skill


@admin.register(Skill)
class SkillAdmin(ReferenceAdmin):
    list_display = ["name", "code", "needs_evidence", "is_active"]
    list_editable = ["needs_evidence", "is_active"]
    list_filter = ["needs_evidence", "is_active"]
    search_fields = ["name", "code"]
