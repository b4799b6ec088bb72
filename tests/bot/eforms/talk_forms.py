"""Forms that several tests talk about: one that ships, and a small one."""

from bot.eforms.check import load_forms
from tests.bot.eforms.citizen import CATALOGUE, Talk, form_from, sensible_answer

FORMS = load_forms(CATALOGUE)
SHOP = FORMS["1.001612"]
SMALL = form_from(
    """
    type: object
    title: Đơn thử
    required: [name, born, ward]
    properties:
      name: {type: string, format: person-name, title: Họ và tên, x-why: Để ghi lên giấy.}
      born: {type: string, format: date, title: Ngày sinh}
      mail: {type: string, format: email, title: Thư điện tử}
      ward: {type: string, format: ward, title: 'Phường, xã'}
    """
)


def shop_until(path: str) -> Talk:
    """A talk on the shop's form, up to the question for one field."""
    talk = Talk(SHOP)
    for _ in range(30):
        if talk.draft.asked == path:
            return talk
        talk.say(sensible_answer(talk.asked))
    raise AssertionError(path)
