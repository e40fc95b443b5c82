"""The error of the API as the schema tells it: what may stand beside code, message and fields."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class SinceSerializer(serializers.Serializer):
    """A step that somebody took in the meantime."""

    at = serializers.DateTimeField()
    verb = serializers.CharField()
    label = serializers.CharField(help_text=_("What the step is called."))  # type: ignore[assignment]
    by = serializers.CharField(help_text=_("Who took it."))


class NeededBySerializer(serializers.Serializer):
    what = serializers.CharField()
    count = serializers.IntegerField()


class PointSerializer(serializers.Serializer):
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


class ErrorBodySerializer(serializers.Serializer):
    """`code`, `message` and `fields` are always there; each of the others comes with the codes that it names."""

    code = serializers.CharField(help_text=_("For programs. It does not change."))
    message = serializers.CharField(help_text=_("For people, in the language of `Accept-Language`."))
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), help_text=_("What is wrong where.")
    )
    permission = serializers.CharField(
        required=False, help_text=_("`missing_permission`: the permission that the token or the role lacks.")
    )
    version = serializers.IntegerField(required=False, help_text=_("`stale`: the version that the case has now."))
    state = serializers.CharField(
        required=False, help_text=_("`stale`, `not_possible_now`: the state that the case or project is in.")
    )
    since = SinceSerializer(
        many=True, required=False, help_text=_("`stale`: what happened after the version that was sent.")
    )
    allowed = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("`stale`, `not_possible_now`, `not_yours_to_do`: the steps that this caller may take instead."),
    )
    retry_after = serializers.IntegerField(
        required=False, help_text=_("`throttled`, `too_much_shown`: seconds to wait; also in the header `Retry-After`.")
    )
    deputy = serializers.IntegerField(required=False, help_text=_("`away`: the account that stands in."))
    units = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=_("`assists_open`: units that have not finished.")
    )
    needed_by = NeededBySerializer(
        many=True, required=False, help_text=_("`in_use`: how many rows of which kind still need it.")
    )
    swap = PointSerializer(required=False, help_text=_("`point_swapped`: the point as it was probably meant."))


class ErrorSerializer(serializers.Serializer):
    error = ErrorBodySerializer()
