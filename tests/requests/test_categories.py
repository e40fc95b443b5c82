"""Categories in lists: those of one name are told apart."""

import pytest

from requests.forms.base import CategoryField
from requests.models import Category
from requests.models.categories import told_apart

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins():
    top = Category.objects.create(name="交通运输")
    return top, Category.objects.create(parent=top, name="交通运输")


@pytest.mark.parametrize(
    ("path", "name"),
    [("交通运输", "交通运输"), ("交通运输 / 交通运输", "交通运输 / 交通运输"), ("城乡建设 / 路灯照明", "路灯照明")],
)
def test_a_name_is_told_with_the_one_above_where_both_are_the_same(path, name):
    assert told_apart(path) == name


def test_no_choice_of_a_form_reads_like_another(twins):
    groups = [group for value, group in CategoryField(required=False).choices if value]
    names = [name for group in groups for _pk, name in group]
    assert sorted(names) == ["交通运输", "交通运输 / 交通运输"]
