"""The Django project, with the parts that every app stands on (`core`) and those that stand on every app."""

import rest_framework.compat

# The app `requests` has the import name of a package on PyPI that DRF picks up when it can be imported.
# DRF would then take our app for that package and its test client would fail.
rest_framework.compat.requests = None  # type: ignore[assignment]
