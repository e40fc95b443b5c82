"""Invented people: names put together from common surnames and given names, phone numbers that nobody has."""

import random

from portal.core import crypto
from portal.core.masking import mask_phone
from portal.core.models import Person, Post
from portal.demo.words import words

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁"
    "蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯"
    "江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
GIVEN = words(
    "伟 芳 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 桂英 建国 建华 志强 志明",
    "海燕 晓东 晓红 小红 文静 文斌 俊杰 子轩 雨欣 雨桐 浩然 佳怡 嘉豪 思远 国强",
    "国华 玉兰 玉梅 春梅 红梅 秋菊 丽娜 丽华 婷婷 莉莉 欣怡 梓涵 一鸣 立新 卫东",
    "卫国 永康 少华 振宇 振华 家明 家辉 慧敏 慧玲 雪梅 雅琴 淑珍 淑芬 德明 德华",
    "金凤 金花 光荣 新民 爱国 爱华 月娥 素芬 凯 鹏 飞 斌 波 辉 刚 健 亮 俊 帆 琳",
    "琴 燕 霞 玲 萍 红 云 洁 倩 薇 颖 悦 宁 瑞 琪 蕾 晨 阳 博 睿",
)


def invented_name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def invented_mobile(number: int) -> str:
    """138-0000 and 199-0000 stand for a number as 555 does elsewhere."""
    prefix = ("1380000", "1990000")[number // 10_000 % 2]
    return f"{prefix}{number % 10_000:04d}"


def invented_office_phone(area: str, number: int) -> str:
    return f"{area}-2000{number % 10_000:04d}"


class People:
    """Makes `Person` rows, no two of the same name in one demo network where that can be helped."""

    def __init__(self, rng: random.Random, *, first_number: int = 0) -> None:
        self.rng = rng
        self.first_number = first_number
        self.names: set[str] = set()
        self.made: list[Person] = []
        # The posts that some of them hold.
        self.posts: list[Post] = []

    def new(self, *, party_member: bool | None = None) -> Person:
        name = invented_name(self.rng)
        for _attempt in range(20):
            if name not in self.names:
                break
            name = invented_name(self.rng)
        self.names.add(name)
        phone = invented_mobile(self.first_number + len(self.made))
        person = Person(
            name=name,
            phone=phone,
            phone_hash=crypto.keyed_hash(phone, purpose="phone"),
            phone_masked=mask_phone(phone),
            is_party_member=self.rng.random() < 0.6 if party_member is None else party_member,
        )
        self.made.append(person)
        return person
