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


def current() -> ConsentText:
    """What a resident agrees to today."""
    in_force = ConsentText.objects.filter(valid_from__lte=timezone.now()).order_by("-valid_from").first()
    if in_force is not None:
        return in_force
    return ConsentText.objects.get_or_create(
        version=FIRST_VERSION, defaults={"text": FIRST_TEXT, "valid_from": timezone.now()}
    )[0]
