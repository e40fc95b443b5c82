"""The weekly hours of a station."""

from typing import Any

from stations.forms.week import WeekTable
from stations.models import OpeningHours, Station
from stations.models.hours import Weekday


class WeekForm(WeekTable):
    """Empty pairs mean closed. What is stored changes only where the table differs from it."""

    def __init__(self, data: Any = None, *, station: Station) -> None:
        self.stored: dict[int, list[OpeningHours]] = {day: [] for day in Weekday.values}
        for hours in station.opening_hours.all() if station.pk else ():
            self.stored[hours.weekday].append(hours)
        spans = {day: [(each.opens, each.closes) for each in hours] for day, hours in self.stored.items()}
        super().__init__(data, stored=spans)

    def save(self, station: Station) -> None:
        for day, wanted in self.week.items():
            kept = {(hours.opens, hours.closes): hours for hours in self.stored[day]}
            for span, hours in kept.items():
                if span not in wanted:
                    hours.delete()
            for span in wanted:
                if span not in kept:
                    OpeningHours.objects.create(station=station, weekday=day, opens=span[0], closes=span[1])
