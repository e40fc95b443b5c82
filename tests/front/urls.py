"""Addresses for looking at base templates and components without the views that other parts bring."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from portal.core.errors import DomainError

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TITLES = [
    ("楼道里堆满杂物，消防通道过不去", "submitted", "待受理", -26),
    ("小区路灯坏了，老人晚上不敢出门", "accepted", "待派单", 3),
    ("电梯三天两头停，孕妇爬十八楼", "dispatched", "待接单", 1),
    ("想请人教老年人用手机挂号", "in_progress", "办理中", 52),
    ("楼上半夜装修，投诉多次没人管！！", "waiting", "待补充", 30),
    ("28区篮球场夜间太吵", "resolved", "待评价", 90),
]


class SampleForm(forms.Form):
    kind = forms.ChoiceField(
        label="这是一件什么事？", choices=[("a", "诉求"), ("b", "微心愿"), ("c", "隐患上报")], widget=forms.RadioSelect
    )
    title = forms.CharField(label="一句话说明", help_text="例如：3 栋 2 单元门口路灯不亮")
    text = forms.CharField(
        label="详细情况",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"data-count-text": "还可输入 {left} 字"}),
    )
    street = forms.ChoiceField(label="街道", choices=[("1", "新安街道"), ("2", "航城街道")])
    community = forms.ChoiceField(label="社区", choices=[("1", "海裕社区"), ("2", "后瑞社区")])
    address = forms.CharField(label="具体位置", required=False, help_text="楼栋、单元或附近的标志")
    lat = forms.CharField(label="纬度", required=False)
    lng = forms.CharField(label="经度", required=False)
    phone = forms.CharField(
        label="手机号", help_text="只给办理人员看，页面上显示为 138****8000", widget=forms.TextInput({"type": "tel"})
    )
    photos = forms.FileField(
        label="照片",
        required=False,
        help_text="最多 4 张，每张不超过 10 MB",
        widget=forms.FileInput(
            {
                "data-photos": "",
                "data-max-count": "4",
                "data-max-bytes": "10485760",
                "data-too-many": "最多 4 张照片。",
                "data-too-large": "{name} 超过 10 MB，请换一张。",
                "accept": "image/*",
            }
        ),
    )
    agree = forms.BooleanField(label="我已阅读并同意个人信息处理说明")


def sample(http_request: HttpRequest, name: str) -> HttpResponse:
    rows = [
        {
            "number": f"BA-20260302-{number:05d}",
            "title": title,
            "state": state,
            "label": label,
            "due": NOW + timedelta(hours=hours),
            "paused": state == "waiting",
            "place": "新安街道 海裕社区",
        }
        for number, (title, state, label, hours) in enumerate(TITLES * 3, start=180)
    ]
    context = {
        "form": SampleForm({"kind": "a", "title": "路灯"} if "errors" in http_request.GET else None),
        "now": NOW,
        "limit": NOW + timedelta(hours=3),
        "past": NOW - timedelta(days=2),
        "recent": NOW - timedelta(minutes=40),
        "rows": rows,
        "error": DomainError("stale", "这件诉求刚刚由李明派给了丽晶国际物业服务中心。", status=409),
    }
    template = {"domain": "errors/domain.html", "404": "404.html", "403": "403.html", "503": "503.html"}.get(name)
    return render(http_request, template or f"front/{name}.html", context)


urlpatterns = [
    path("sample/<slug:name>/", sample, name="sample"),
    path("accounts/", include("portal.core.account_urls")),
    path("switch/", sample, {"name": "queue"}, name="switch_membership"),
    path("i18n/", include("django.conf.urls.i18n")),
    path(
        "",
        include(
            (
                [
                    path("find/", sample, {"name": "home"}, name="stations"),
                    path("new/", sample, {"name": "form"}, name="request_new"),
                    path("track/", sample, {"name": "track"}, name="track"),
                    path("elder/", sample, {"name": "home"}, name="elder"),
                ],
                "public",
            )
        ),
    ),
    path(
        "desk/",
        include(
            (
                [
                    path("", sample, {"name": "queue"}, name="home"),
                    path("search/", sample, {"name": "queue"}, name="search"),
                    path("reports/", sample, {"name": "report"}, name="reports"),
                ],
                "desk",
            )
        ),
    ),
]
