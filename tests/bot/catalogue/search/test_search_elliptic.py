"""Follow-up questions name no matter, with marks and without: the procedure under discussion stays."""

import pytest

from bot.language.normalise import fold
from tests.shipped import search_by_words

SEARCH = search_by_words()

FOLLOW_UPS = """
thế phí bao nhiêu?
nộp ở đâu vậy ạ
mất mấy ngày?
online được không
cần giấy tờ gì
thế còn lệ phí thì sao
bao lâu thì có kết quả
có nộp qua mạng được không ạ
em nộp ở đâu được ạ
hồ sơ gồm những gì
thế có cần bản gốc không
lấy mẫu đơn ở đâu
nộp hộ được không
ai được làm
cho em hỏi thủ tục với ạ
có mất phí không ạ
còn thời gian thì sao ạ
phường nào nộp cũng được à
có cần công chứng không
có phải mang sổ hộ khẩu không
mấy giờ làm việc
thứ bảy có làm không ạ
khi nào thì lấy được
phải đến tận nơi à
có phải đặt lịch trước không
làm ở xã hay phường
bao nhiêu tiền vậy chị
giấy tờ cần những gì nữa ạ
thế nộp online thì sao
các bước làm thế nào
điều kiện thế nào ạ
trình tự ra sao
kết quả nhận ở đâu
có gửi về nhà được không
có thu tiền không em
có được miễn phí không
căn cứ vào luật nào vậy
ai giải quyết
cơ quan nào làm việc này
nhờ người khác nộp thay được không
thanh toán thế nào
đóng tiền ở đâu
chuyển khoản được không
mất tổng cộng bao nhiêu
có lâu không
nhanh nhất là bao lâu
cần mấy bản
bản sao hay bản chính
làm lại ở đâu
đăng ký ở đâu
đăng ký thế nào
xin ở đâu ạ
thế còn giấy tờ
rồi sao nữa
tiếp theo làm gì
vậy em cần chuẩn bị gì ạ
cho con em thì sao
của bố em thì nộp ở đâu
dạ vâng ạ
cảm ơn anh chị
chào ad
em cần hỗ trợ
giúp em với
hướng dẫn em làm với
tư vấn giúp mình
làm như nào
ở Bắc Giang nộp chỗ nào
em ở phường Võ Cường thì nộp đâu
trường hợp của em thì thế nào
mẫu đơn lấy ở đâu
""".strip().splitlines()


@pytest.mark.parametrize("text", FOLLOW_UPS)
def test_a_follow_up_names_nothing(text: str) -> None:
    assert SEARCH.search(text).verdict == "none"
    assert SEARCH.search(fold(text)).verdict == "none"
