"""Saved views name regions by their codes; when a region is merged, they name the one that took it in."""

from django.http import QueryDict

from portal.core import regions
from portal.core.filtering import RegionField, code_in
from portal.core.models import Region
from portal.desk.models import SavedView
from requests.filters import ServiceRequestFilter

PLACES = [name for name, each in ServiceRequestFilter.base_filters.items() if issubclass(each.field_class, RegionField)]


@regions.on_merge
def follow(region: Region, into: Region) -> None:
    changed = []
    for view in SavedView.objects.filter(query__contains=region.code).select_for_update():
        query = QueryDict(view.query, mutable=True)
        named = [name for name in PLACES if code_in(query.get(name, "")) == region.code]
        for name in named:
            query[name] = into.code
        view.query = query.urlencode()
        if named:
            changed.append(view)
    SavedView.objects.bulk_update(changed, ["query"])
