"""The last listed cases of a station, for its page."""

from typing import Any

from requests.models import ServiceRequest
from requests.serializers.listed import ListedRow

MOST_OF_A_STATION = 3


def last_of_station(pk: int) -> list[dict[str, Any]]:
    rows = ServiceRequest.objects.listed().filter(station=pk).select_related("street", "community", "station")
    rows = rows.select_related("category__top").defer("search").order_by("-listed_at", "-pk")[:MOST_OF_A_STATION]
    return ListedRow(rows, many=True).data
