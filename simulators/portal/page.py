"""The page for people: which demo dossiers there are, and the messages that phones would have received."""

from collections.abc import Iterable, Mapping
from html import escape

_PAGE = """<!doctype html>
<html lang="vi">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cổng mô phỏng: hồ sơ mẫu</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1b1b }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ border-bottom: 1px solid #767676; padding: .4rem .6rem; text-align: left }}
code {{ font-size: 1.05em }}
</style></head>
<body><main>
<h1>Hồ sơ mẫu của cổng mô phỏng</h1>
<p>Tất cả hồ sơ dưới đây là dữ liệu bịa để thử nghiệm, không phải hồ sơ thật.</p>
<table>
<caption>Mã hồ sơ và mã tra cứu dùng để thử</caption>
<thead><tr><th scope="col">Mã hồ sơ</th><th scope="col">Mã tra cứu</th>
<th scope="col">Điện thoại</th><th scope="col">Cho thấy</th></tr></thead>
<tbody>
{rows}
</tbody></table>
<h2>Tin nhắn SMS đã gửi</h2>
<p>Mã một lần mà điện thoại sẽ nhận được. Tải lại trang để thấy mã mới.</p>
<ul>
{sms}
</ul>
</main></body></html>
"""


def examples_page(examples: Iterable[Mapping[str, str]], sms: Iterable[Mapping[str, str]] = ()) -> str:
    """The table of demo dossiers and the list of messages as HTML."""
    rows = "\n".join(
        f"<tr><td><code>{escape(e['dossier_code'])}</code></td><td><code>{escape(e['lookup_code'])}</code></td>"
        f"<td><code>{escape(e['phone'])}</code></td><td>{escape(e['shows'])}</td></tr>"
        for e in examples
    )
    messages = "\n".join(
        f"<li>{escape(one['phone'])}: mã <code>{escape(one['code'])}</code> cho hồ sơ {escape(one['dossier_code'])}</li>"
        for one in sms
    )
    return _PAGE.format(rows=rows, sms=messages or "<li>Chưa có tin nhắn nào.</li>")
