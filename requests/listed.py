"""What of a listed case everybody sees on a map."""

from typing import Any

from portal.core.geo import feature
from requests.models import ServiceRequest
from requests.serializers.listed import label_of, rough

MOST_POINTS = 500


def feature_of(case: ServiceRequest) -> dict[str, Any]:
    return feature(
        rough(case.latitude), rough(case.longitude), name=case.listed_title, text=[label_of(case.state)],
        number=case.number,
    )  # fmt: skip
