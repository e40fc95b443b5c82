"""What people hold in a region that was merged: their roles go along, each once."""

from django.db.models import Exists, OuterRef

from portal.core import regions
from portal.core.models import Membership, Region


@regions.on_merge
def keep_roles(region: Region, into: Region) -> None:
    """Move the memberships. Who held the role in both regions holds it once; the other membership ends where it is."""
    same = {"user": OuterRef("user"), "role": OuterRef("role")}
    here = Membership.objects.filter(region=region)
    held = here.filter(is_active=True, **same)
    Membership.objects.filter(Exists(held), region=into, is_active=False).update(is_active=True)
    doubled = Exists(Membership.objects.filter(region=into, **same))
    here.filter(doubled, is_active=True).update(is_active=False)
    here.exclude(doubled).update(region=into)
