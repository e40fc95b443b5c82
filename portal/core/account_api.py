"""/api/v1/accounts/: the accounts of one's area, looked after by the same verbs as at the desk."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import accounts
from portal.core.accounts import PLACES, Place, WithPassword, with_roles
from portal.core.errors import NotFound
from portal.core.filters import AccountFilter
from portal.core.idempotency import Answer
from portal.core.models import Membership, Organization, Person, User
from portal.core.permissions import Role
from portal.core.rest.fields import PersonRef, PhoneField, RegionCodeField, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.rest.views import ScopedReadOnlyViewSet
from portal.core.serializer_fields import CleanCharField

STATIONS = Membership._meta.get_field("station").related_model._default_manager


class RoleRow(serializers.ModelSerializer):
    """One role of an account. What it may do follows from the role, where from the place."""

    role_label = LabelField(source="role", choices=Role.choices)
    region = serializers.CharField(source="region.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Membership
        fields: ClassVar = ["id", "role", "role_label", "region", "station", "organization", "is_active"]
        read_only_fields = fields


class AccountRow(serializers.ModelSerializer):
    """An account with those of its roles that the caller may see, ended ones too."""

    person = PersonRef(read_only=True)
    roles = RoleRow(many=True, read_only=True)

    class Meta:
        model = User
        fields: ClassVar = [
            "id", "username", "person", "is_active", "must_change_password", "date_joined", "last_login", "roles",
        ]  # fmt: skip
        read_only_fields = fields


class StartPassword(serializers.Serializer):
    account = AccountRow()
    start_password = serializers.CharField(
        required=False, help_text="Shown this once: a repeat with the same Idempotency-Key comes without it."
    )


class RoleInput(Strict):
    role = serializers.ChoiceField(choices=Role.choices)
    region = RegionCodeField(required=False, allow_null=True)
    station = ScopedRelatedField(queryset=STATIONS.all(), required=False, allow_null=True)
    organization = ScopedRelatedField(queryset=Organization.objects.all(), required=False, allow_null=True)

    def arguments(self) -> dict[str, Any]:
        """The keywords of the verb."""
        given = dict(self.validated_data)
        place = Place(**{name: given.pop(name, None) for name in PLACES})
        return {**given, "place": place}


class AccountInput(RoleInput):
    """`person` names somebody known already, `name` and `phone` somebody new."""

    username = CleanCharField(max_length=60)
    person = ScopedRelatedField(queryset=Person.objects.all(), required=False, allow_null=True)
    name = CleanCharField(max_length=60, required=False)
    phone = PhoneField(max_length=30, required=False)


class AccountEdit(Strict):
    username = CleanCharField(max_length=60, required=False)
    name = CleanCharField(max_length=60, required=False)


class AccountViewSet(ScopedReadOnlyViewSet):
    """Accounts that have, or had, a role in your regions, and your own."""

    queryset = User.objects.all()
    serializer_class = AccountRow
    filterset_class = AccountFilter
    capability = "accounts:write"
    capabilities: ClassVar = {"list": "accounts:read", "retrieve": "accounts:read"}
    orderings: ClassVar = {"username": "username", "id": "pk"}
    default_ordering = "username"

    def get_queryset(self) -> models.QuerySet:
        return with_roles(super().get_queryset(), self.request.user)

    @extend_schema(request=AccountInput, responses={201: StartPassword})
    def create(self, request: Request) -> Response:
        """Make an account with its first role. Its start password is in this answer and nowhere else."""
        asked = self.read(AccountInput).arguments()
        return self.with_password(lambda: accounts.create_account(by=request.user, **asked), status=201)

    @extend_schema(request=AccountEdit, responses=AccountRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Correct the user name or the name."""
        account = self.get_object()
        known = {"username": account.username, "name": account.person.name}
        accounts.edit_account(account, by=request.user, **known | self.read(AccountEdit).validated_data)
        return Response(self.shown(pk))

    @extend_schema(request=RoleInput, responses={201: AccountRow})
    @action(detail=True, methods=["post"])
    def roles(self, request: Request, pk: int) -> Response:
        """Give one more role."""
        account, asked = self.get_object(), self.read(RoleInput).arguments()

        def give() -> Answer:
            accounts.give_role(account, by=request.user, **asked)
            return 201, self.shown(pk)

        return self.once(request, give)

    @extend_schema(request=None, responses=AccountRow)
    @action(detail=True, methods=["post"], url_path="roles/<int:role_id>/end")
    def end_role(self, request: Request, pk: int, role_id: int) -> Response:
        """End one role."""
        membership = next((each for each in self.get_object().roles if each.pk == role_id), None)
        if membership is None:
            raise NotFound()
        accounts.end_role(membership, by=request.user)
        return Response(self.shown(pk))

    @extend_schema(request=None, responses=StartPassword)
    @action(detail=True, methods=["post"], url_path="start-password")
    def start_password(self, request: Request, pk: int) -> Response:
        """Give a new start password; open sessions end."""
        account = self.get_object()
        return self.with_password(lambda: accounts.issue_start_password(account, by=request.user))

    @extend_schema(request=None, responses=StartPassword)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: int) -> Response:
        """Open a closed account again, with a new start password."""
        account = self.get_object()
        return self.with_password(lambda: accounts.reactivate_account(account, by=request.user))

    @extend_schema(request=None, responses=AccountRow)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: int) -> Response:
        """Close an account: sessions, password and machine tokens end."""
        accounts.deactivate_account(self.get_object(), by=request.user)
        return Response(self.shown(pk))

    @extend_schema(request=None, responses=AccountRow)
    @action(detail=True, methods=["post"], url_path="remove-second-factor")
    def remove_second_factor(self, request: Request, pk: int) -> Response:
        """For somebody who lost the phone."""
        accounts.remove_second_factor(self.get_object(), by=request.user)
        return Response(self.shown(pk))

    @extend_schema(request=None, responses=AccountRow)
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: int) -> Response:
        """Lift the lock that failed attempts to sign in have brought."""
        accounts.unlock(self.get_object(), by=request.user)
        return Response(self.shown(pk))

    def read(self, input_class: type[Any]) -> Any:
        serializer = input_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer

    def shown(self, pk: int) -> dict[str, Any]:
        return AccountRow(self.written(pk)).data

    def with_password(self, do: Callable[[], WithPassword], *, status: int = 200) -> Response:
        """Answer with the start password; what is kept for a repeat is the account alone."""
        made: list[str] = []

        def run() -> Answer:
            done = do()
            made.append(done.start_password)
            return status, {"account": self.shown(done.account.pk)}

        response = self.once(self.request, run)
        if made:
            response.data["start_password"] = made[0]
        return response
