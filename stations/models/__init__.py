"""Stations and what they offer, one file a subject."""

from stations.models.affiliates import Affiliate
from stations.models.agreements import AgreementDocument, PartnershipAgreement, Pledge
from stations.models.catalogue import Amenity, FunctionRecommendation, ServiceItem, StationFunction
from stations.models.guarantors import Guarantor
from stations.models.hours import OpeningHours, SpecialDay
from stations.models.stations import Station

__all__ = [
    "Affiliate",
    "AgreementDocument",
    "Amenity",
    "FunctionRecommendation",
    "Guarantor",
    "OpeningHours",
    "PartnershipAgreement",
    "Pledge",
    "ServiceItem",
    "SpecialDay",
    "Station",
    "StationFunction",
]
