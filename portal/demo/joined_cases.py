"""A few cases that were merged, split and referred, for the demo's first community."""

from datetime import timedelta

from portal.core.models import Region, User
from portal.demo.network import Network
from requests import workflow
from requests.models import ServiceRequest
from requests.types import Channel
from requests.workflow import Staff
from requests.workflow.intake import Contact
from requests.workflow.splitting import Part

# Three neighbours about one lift, one message with two matters, one matter of somebody else's.
SAME = ("电梯又停在6楼不动了，请尽快修。", "3栋电梯坏了两天，老人上不了楼。", "电梯按了没反应，怎么还没人修？")
SEVERAL = "小区东门路灯不亮，另外垃圾桶旁边总有人乱停电动车，挡住了消防通道。"
PARTS = (
    Part("小区东门路灯不亮。", title="东门路灯不亮"),
    Part("垃圾桶旁有人乱停电动车，挡住消防通道。", title="电动车挡消防通道"),
)
COUNT = len(SAME) + 1 + len(PARTS) + 1
ELSEWHERE = "这一片晚上经常跳闸，怀疑是变压器老化。"


def build(network: Network, region: Region) -> None:
    """By the verbs themselves, as if the residents had phoned the day before."""
    at = network.now - timedelta(hours=12)
    dispatcher = Staff(User.objects.get(username="community"))

    def asked(number: int, words: str) -> ServiceRequest:
        contact = Contact(phone=f"1990000{number:04d}", name="住户")
        made = workflow.submit(
            description=words, contact=contact, region=region, channel=Channel.PHONE, by=dispatcher, at=at
        )
        return made.case

    first, *others = [asked(number, words) for number, words in enumerate(SAME, 1)]
    for each in others:
        workflow.merge(each, by=dispatcher, into=first, at=at)
    workflow.split(asked(11, SEVERAL), by=dispatcher, parts=PARTS, at=at)
    workflow.refer(asked(12, ELSEWHERE), by=dispatcher, body="市供电局", number="GD-0412", at=at)
