"""What is asked about a matter of one category beside its description, such as the number on a lamp post."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from requests.models.categories import Category


class DataType(models.TextChoices):
    """The kinds of answers that GeoReport v2 knows."""

    STRING = "string", _("One line")
    NUMBER = "number", _("Number")
    DATETIME = "datetime", _("Day and time")
    TEXT = "text", _("Several lines")
    ONE_OF = "singlevaluelist", _("One of several")
    SOME_OF = "multivaluelist", _("Some of several")


LISTS = (DataType.ONE_OF, DataType.SOME_OF)


class ServiceAttribute(models.Model):
    """One question of a category. Its answer becomes a line of the description, so that everybody reads it."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="attributes", verbose_name=_("category"))
    code = models.CharField(_("code"), max_length=30, validators=[RegexValidator(r"^[A-Za-z0-9_]+$")])
    question = models.CharField(_("question"), max_length=100)
    datatype = models.CharField(_("kind of answer"), max_length=20, choices=DataType.choices, default=DataType.STRING)
    choices = ArrayField(models.CharField(max_length=60), blank=True, default=list, verbose_name=_("choices"))
    hint = models.CharField(_("hint"), max_length=100, blank=True)
    is_required = models.BooleanField(_("needed"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta:
        verbose_name = _("question of a category")
        verbose_name_plural = _("questions of categories")
        ordering: ClassVar = ["category", "order", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["category", "code"],
                name="attribute_once",
                violation_error_message=_("The category has a question with this code."),
            )  # fmt: skip
        ]
        triggers: ClassVar = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.question

    def clean(self) -> None:
        if (self.datatype in LISTS) != bool(self.choices):
            message = _("Give choices for an answer that is one or some of several, and for no other.")
            raise ValidationError({"choices": message})
