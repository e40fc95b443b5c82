"""The consent text in force. An empty portal has one too: nobody can be asked to agree to nothing."""

from django.utils import timezone

from portal.core.models import ConsentText

# The wording that a new portal starts with; the administrator adds later versions. Chinese, because it is what people
# agree to word by word, whatever language the page around it is in.
FIRST_VERSION = "1"
FIRST_TEXT = """为了办理您反映的事项，我们需要收集您的联系电话，以及您自愿填写的姓名、地址、照片和位置。

一、用途：只用于受理、办理、回访和评价这件事项，不作他用，不对外公开。
二、谁能看到：页面上只显示部分号码和姓氏。受理和承办这件事项的工作人员需要联系您时，可以查看完整信息，每次查看都有记录。您可以选择不向承办单位显示姓名。
三、怎样保存：联系信息加密保存。照片中的拍摄地点和设备信息在上传时自动去除。
四、保存多久：事项办结、用途结束后，依法删除您的个人信息，只保留不含个人信息的办理记录。
五、您的权利：您可以凭查询码查看办理进度、撤回诉求，也可以向受理社区要求查阅、更正或删除您的个人信息。
六、未满十四周岁的，请由父母或其他监护人提交。"""

FIRST_VOLUNTEER_VERSION = "V1"
FIRST_VOLUNTEER_TEXT = """为了登记和安排志愿服务，\
我们需要收集您的姓名、手机号码、所在社区，以及您自愿填写的特长、兴趣和空闲时间；\
未满十八周岁的，还需要出生日期和监护人的姓名、电话。

一、用途：只用于志愿者登记、排班、联系、记录服务时长和出具志愿服务证明，不作他用，不对外公开。
二、谁能看到：页面上只显示部分号码。您所在社区、街道的工作人员和服务站点的站长需要联系您时，可以查看完整号码，每次查看都有记录。
三、怎样保存：手机号码和监护人信息加密保存。不收集身份证号码，用统一的志愿者编号代替。
四、保存多久：您退出后可以要求删除个人信息，服务次数和时长以不含个人信息的形式保留。
五、您的权利：您可以随时查看、更正自己的登记信息，暂停或者退出志愿服务。
六、未满十八周岁的，须经父母或者其他监护人同意，工作人员核实后才能参加服务。"""
FIRST = {
    ConsentText.Purpose.REQUESTS: (FIRST_VERSION, FIRST_TEXT),
    ConsentText.Purpose.VOLUNTEERS: (FIRST_VOLUNTEER_VERSION, FIRST_VOLUNTEER_TEXT),
}


def current(purpose: str = ConsentText.Purpose.REQUESTS) -> ConsentText:
    """What a person agrees to today, for this purpose."""
    texts = ConsentText.objects.filter(purpose=purpose)
    in_force = texts.filter(valid_from__lte=timezone.now()).order_by("-valid_from").first()
    if in_force is not None:
        return in_force
    version, text = FIRST[ConsentText.Purpose(purpose)]
    return texts.get_or_create(
        version=version, defaults={"text": text, "valid_from": timezone.now(), "purpose": purpose}
    )[0]


def shown(version: str, purpose: str = ConsentText.Purpose.REQUESTS) -> ConsentText:
    """The wording that was on the page, if a newer one came in between; else the one in force."""
    if not version.isprintable():
        return current(purpose)
    return ConsentText.objects.filter(purpose=purpose, version=version).first() or current(purpose)
