"""Finding one of hundreds of categories by typing."""

import pytest

from requests.models import Category
from tests.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORM = "/desk/requests/new/"
GROUPS = {"物业管理": "电梯 门禁 停车 保洁 绿化 公共收益 维修资金", "市政": "路灯 井盖 供水 排水 道路"}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_works(sign_in, assert_accessible, north, size):
    top = Category.objects.create(name="城乡建设")
    for group, names in GROUPS.items():
        below = Category.objects.create(name=group, parent=top)
        for name in names.split():
            Category.objects.create(name=name, parent=below)
    page = sign_in(north, size=size)
    page.goto(FORM)

    def options():
        return page.eval_on_selector_all("#id_category optgroup > option", "found => found.map(each => each.text)")

    search = page.locator(".find-option")
    search.fill("灯")
    assert options() == ["路灯"]
    search.press("Enter")
    assert page.evaluate("document.querySelector('#id_category').selectedOptions[0].text") == "路灯"
    assert page.url.endswith(FORM)
    # What is chosen stays while one looks for others; a group's name finds all of it.
    search.fill("物业 电")
    assert sorted(options()) == sorted(["电梯", "路灯"])
    search.fill("")
    assert len(options()) >= 12
    assert_accessible(page)
