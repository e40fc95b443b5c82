"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): what is published and taken in for public clients.

Read: services (our categories), their definitions, and the cases that staff released. Write: a new case, for whoever
has a machine token as its `api_key`.
"""
