"""The floor of the REST API: what every app's `api.py` and `serializers.py` build on (docs/adding-a-model.md)."""
