"""A report in a few lines of text: what stands in the letter that carries it."""

from bot.reporting.alerts import KINDS, new_counts
from bot.reporting.numbers import percent, share, whole
from bot.reporting.view import ReportView, day_text
from bot.texts import say


def period_text(view: ReportView) -> str:
    """``ngày 26/11/2026`` or ``tháng 11 năm 2026``."""
    if view.period.kind == "daily":
        return say("report_day", day=day_text(view.period.first))
    return say("report_month", month=view.period.first.month, year=view.period.first.year)


def subject(view: ReportView) -> str:
    """The subject of the letter; a later revision says that it is one."""
    key = "report_mail_subject" if view.revision == 1 else "report_mail_subject_again"
    return say(key, period=period_text(view), revision=view.revision)


def summary(view: ReportView) -> str:
    """The letter's text."""
    total = view.figures["total"]
    lines = [
        say("report_mail_head", period=period_text(view)),
        "",
        say(
            "report_mail_counts",
            received=whole(total["received"]),
            online=whole(total["received_online"]),
            ended=whole(total["ended"]),
            on_time=share(total["on_time"], total["judged"]),
            overdue=whole(total["overdue"]),
        ),
    ]
    counted = new_counts(view.alerts)
    lines += [say(f"report_alert_new_{kind}", count=whole(counted[kind])) for kind in KINDS if counted[kind]]
    lines += ["", say("report_mail_indicators")]
    for one in view.figures["indicators"]:
        told = percent(one["percent"]) if one["percent"] is not None else say(f"report_{one['not_measured']}")
        lines.append(f"- {one['id']} {one['name']}: {told}")
    if view.changes:
        lines += ["", say("report_mail_changes", revision=view.revision - 1, count=whole(len(view.changes)))]
    return "\n".join([*lines, "", say("report_mail_files", id=view.id, sha256=view.sha256), ""])
