"""The point of a row in a form: entered in the datum of a map, stored in WGS-84."""

from typing import Any

from portal.core.errors import DomainError
from stations.points import entered_to_stored, stored_to_entered

POINT_FIELDS = ("latitude", "longitude", "datum")


class PointFormMixin:
    """Shows a stored point in the datum that it came in, and stores it unchanged unless it is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance  # type: ignore[attr-defined]
        self.stored = row.latitude, row.longitude
        shown = stored_to_entered(row.latitude, row.longitude, row.datum)
        self.initial["latitude"], self.initial["longitude"] = shown  # type: ignore[attr-defined]
        for name in ("latitude", "longitude"):
            # A number input refuses 1e-7, and a step of one.
            self.fields[name].widget.attrs.update(step="any", inputmode="decimal")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data  # type: ignore[misc]
        latitude, longitude, datum = (cleaned.get(name) for name in POINT_FIELDS)
        if not set(POINT_FIELDS) & set(self.changed_data):  # type: ignore[attr-defined]
            cleaned["latitude"], cleaned["longitude"] = self.stored
        elif datum is not None:
            try:
                cleaned["latitude"], cleaned["longitude"] = entered_to_stored(latitude, longitude, datum)
            except DomainError as error:
                self.add_error("datum", str(error))  # type: ignore[attr-defined]
        return cleaned

    @property
    def offers_swap(self) -> bool:
        """Whether latitude and longitude seem to be turned round: the page then offers to turn them back."""
        return any(error.code == "point_swapped" for error in self.errors.as_data().get("latitude", ()))  # type: ignore[attr-defined]


def with_swap(data: Any) -> Any:
    """The data of a form whose "swap" button was pressed, latitude and longitude turned round."""
    if data is None or "swap" not in data:
        return data
    data = data.copy()
    data["latitude"], data["longitude"] = data.get("longitude", ""), data.get("latitude", "")
    return data
