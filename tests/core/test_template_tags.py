import re
from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from portal.core.templatetags.portal import besides

NOW = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)


def render(source: str, path: str = "/", **context) -> str:
    request = RequestFactory().get(path)
    with translation.override("en"):
        return Template(source).render(Context({"request": request, "now": NOW, **context}))


def test_an_icon_is_hidden_from_screen_readers():
    html = render('{% icon "clock" %}')
    assert 'aria-hidden="true"' in html
    assert re.search(r"icons(\.[0-9a-f]+)?\.svg#clock", html)


def test_a_state_has_an_icon_a_colour_and_a_word():
    html = render('{% state_tag "resolved" "Resolved" %}')
    assert "tag-good" in html
    assert "#check" in html
    assert "Resolved" in html


def test_a_state_label_is_escaped():
    assert "<b>" not in render('{% state_tag "x" label %}', label="<b>")


def test_a_limit_has_words_and_its_absolute_time():
    html = render("{% due limit now %}", limit=NOW - timedelta(days=1))
    assert "1 day over" in html
    assert "March 1, 2026 09:05" in html
    assert "tag-bad" in html


def test_a_missing_limit_and_a_missing_time_give_no_error():
    assert "No time limit" in render("{% due None now %}")
    assert render("{% relative_time None %}") == ""


def test_a_relative_time_prints_as_an_absolute_one():
    html = render("{% relative_time moment now %}", moment=NOW - timedelta(hours=2))
    assert "2 hours ago" in html
    assert '<span class="only-print">March 2, 2026 07:05</span>' in html


def test_one_value_of_a_filter_is_taken_away():
    path = "/?state=open&state=late&page=3"
    assert render('{% query_without "state" "open" %}', path) == "?state=late"
    assert render('{% query_without "state" %}', path) == "?"


def test_a_menu_link_needs_its_address_and_the_capability():
    assert render('{% nav_link "no:such:page" "home" "Home" %}').strip() == ""
    assert render('{% nav_link "admin:index" "home" "Home" "requests:read" %}').strip() == ""


class SampleForm(forms.Form):
    title = forms.CharField(label="Title", help_text="In a few words")
    phone = forms.CharField(label="Phone", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")


SAMPLE = (
    "{% error_summary form %}{% field form.title %}{% field form.phone %}{% field form.kind %}{% field form.agree %}"
)


def test_a_form_has_labels_hints_and_says_what_is_optional():
    html = render(SAMPLE, form=SampleForm())
    assert '<label for="id_title">Title</label>' in html
    assert 'id="id_title_helptext"' in html
    assert 'aria-describedby="id_title_helptext"' in html
    assert html.count("(optional)") == 1
    assert "<legend>Kind</legend>" in html
    assert "error-summary" not in html


def test_an_error_summary_links_to_each_field_and_keeps_what_was_typed():
    html = render(SAMPLE, form=SampleForm({"phone": "13800000001"}))
    assert 'role="alert"' in html
    assert '<a href="#id_title">' in html
    assert 'value="13800000001"' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("路灯坏了。", ""), ("路灯坏了。晚上很黑。", "晚上很黑。"), ("路灯坏了\n晚上很黑。", "晚上很黑。"),
        ("路灯坏了三天。", "路灯坏了三天。"), ("晚上很黑。", "晚上很黑。"),
    ],
)  # fmt: skip
def test_a_text_says_besides_its_title_only_what_the_title_left_out(text, more):
    assert besides(text, "路灯坏了") == more
