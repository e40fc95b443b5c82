"""What people hold in a region that ends: merged, their roles go along, each once; without that it does not end."""

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from portal.core import regions
from portal.core.models import Membership, Organization, Region


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


@regions.remains
def organizations(region: Region) -> str:
    count = Organization.objects.active().filter(region__path__startswith=region.path).count()
    return ngettext("%(count)d organisation", "%(count)d organisations", count) % {"count": count} if count else ""


@regions.remains
def roles(region: Region) -> str:
    count = Membership.objects.filter(is_active=True, region__path__startswith=region.path).count()
    return ngettext("%(count)d role", "%(count)d roles", count) % {"count": count} if count else ""
