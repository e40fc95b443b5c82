"""Photos and documents of a case, for those who may see the case."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.core import files
from portal.core.errors import NotFound
from portal.core.pages import StaffPage
from requests.models import ServiceRequest
from requests.photos import attachments_of


class AttachmentPage(StaffPage):
    """The file itself, or with `?small` its thumbnail."""

    capability = "requests:read"

    def get(self, request: HttpRequest, pk: int, attachment: int) -> HttpResponseBase:
        case = self.one_of(ServiceRequest.objects.only("pk"), pk=pk)
        found = attachments_of(case, public=False).filter(pk=attachment).first()
        if found is None:
            raise NotFound()
        name = f"{case.number}-{found.pk}"
        return files.serve(found.file, name=name, thumbnail="small" in request.GET, keeps_name=True)
