"""Writes Grafana's dashboards into ``deploy/observability/grafana/``: ``python scripts/make_dashboards.py``.

What is shown stands here, once and short; the JSON beside it is what Grafana reads. A test compares the two. Titles are
Vietnamese, English beside them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "observability" / "grafana"
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Panel:
    """One panel. ``queries``: the legend of each and its expression."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    kind: Literal["timeseries", "stat"] = "timeseries"


@dataclass(frozen=True)
class Dashboard:
    """``variables``: the name of each and the metric whose label of that name gives its values."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[tuple[str, str], ...] = ()


def _p(share: float, metric: str, by: str = "", where: str = "") -> str:
    """The seconds within which this share of all is done."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{where}[$__rate_interval])))"


def _r(metric: str, by: str, where: str = "") -> str:
    """How many a second, by these labels."""
    return f"sum by ({by}) (rate({metric}{where}[$__rate_interval]))"


_CHANNEL = '{channel=~"$channel"}'
_PROCESS = '{process=~"$process"}'
_TO_PEOPLE = 'sum by (outcome) (increase(motcua_inbound_outcomes_total{outcome=~"handed_over|waiting_for_officer"}[1h]))'

DASHBOARDS = (
    Dashboard(
        "motcua-overview",
        "Một Cửa · Tổng quan (overview)",
        (
            Panel(
                "Chờ trả lời lâu nhất (oldest unanswered)", "s", (("", "max(motcua_inbound_oldest_unanswered_seconds)"),), "stat"
            ),
            Panel("Chưa trả lời (unanswered)", "short", (("", "max(motcua_inbound_unanswered)"),), "stat"),
            Panel("Chờ gửi (to be sent)", "short", (("", "max(motcua_outbound_pending)"),), "stat"),
            Panel("Tin đến mỗi giây (arrivals)", "cps", (("{{channel}}", "motcua:inbound:rate5m"),)),
            Panel("Kết quả mỗi giây (outcomes)", "cps", (("{{outcome}}", "sum by (outcome) (motcua:outcomes:rate5m)"),)),
            Panel("Đến khi có kết quả, 95% (arrival to outcome)", "s", (("{{channel}}", "motcua:outcome_seconds:p95"),)),
            Panel("Sẵn sàng (ready)", "bool_yes_no", (("{{process}} {{instance}}", "motcua_ready or motcua_engine_ready"),)),
            Panel("Lời xin lỗi, phần (apologies)", "percentunit", (("", "motcua:failed_and_told:ratio10m"),)),
            Panel("Cầu dao cổng (portal breaker)", "short", (("{{process}}", "max by (process) (motcua_portal_breaker)"),)),
            Panel("Bộ nhớ (memory)", "bytes", (("{{process}}", 'process_resident_memory_bytes{job="motcua"}'),)),
            Panel("Bộ xử lý (processor)", "percentunit", (("{{process}}", 'rate(process_cpu_seconds_total{job="motcua"}[5m])'),)),
            Panel(
                "Bản phát hành (release)",
                "short",
                (
                    ("{{program}} {{version}} {{commit}}", "motcua_build_info"),
                    ("Rasa {{rasa}} {{commit}}", "motcua_engine_build_info"),
                ),
            ),
        ),
    ),
    Dashboard(
        "motcua-channels",
        "Một Cửa · Cổng và các kênh (gateway and channels)",
        (
            Panel(
                "Webhook theo kết quả (webhooks)",
                "cps",
                (
                    (
                        "{{channel}} {{result}}",
                        _r("motcua_webhooks_total", "channel, result", _CHANNEL),
                    ),
                ),
            ),
            Panel("Xác nhận webhook, 99% (acknowledged)", "s", (("{{channel}}", f"motcua:webhook_seconds:p99{_CHANNEL}"),)),
            Panel(
                "Sự kiện mới, gửi lại (new, repeated)",
                "cps",
                (
                    (
                        "{{channel}} {{result}}",
                        _r("motcua_inbound_events_total", "channel, result", _CHANNEL),
                    ),
                ),
            ),
            Panel(
                "Sự kiện bỏ qua (ignored)",
                "cps",
                (
                    (
                        "{{channel}} {{name}}",
                        _r("motcua_ignored_events_total", "channel, name", _CHANNEL),
                    ),
                ),
            ),
            Panel("Yêu cầu chung một lần ghi (per commit)", "short", (("95 %", _p(0.95, "motcua_commit_batch_requests")),)),
            Panel(
                "Yêu cầu HTTP (requests)",
                "cps",
                (("{{process}} {{status}}", _r("motcua_http_requests_total", "process, status")),),
            ),
            Panel(
                "Thời gian HTTP, 95% (HTTP seconds)", "s", (("{{process}}", _p(0.95, "motcua_http_request_seconds", "process")),)
            ),
            Panel("Luồng đang mở (streams)", "short", (("{{kind}}", "sum by (kind) (motcua_event_streams_open)"),)),
            Panel(
                "Tin gửi đi theo trạng thái (deliveries)",
                "cps",
                (
                    (
                        "{{channel}} {{state}}",
                        _r("motcua_deliveries_total", "channel, state", _CHANNEL),
                    ),
                ),
            ),
            Panel(
                "Lỗi gửi theo loại (send errors)",
                "cps",
                (
                    (
                        "{{channel}} {{error_class}}",
                        _r("motcua_send_errors_total", "channel, error_class", _CHANNEL),
                    ),
                ),
            ),
            Panel(
                "Đến khi gửi xong, 95% (written to sent)",
                "s",
                (("{{channel}}", _p(0.95, "motcua_outbound_sent_seconds", "channel", _CHANNEL)),),
            ),
            Panel(
                "Gọi nền tảng, 95% (platform calls)",
                "s",
                (("{{channel}}", _p(0.95, "motcua_send_seconds", "channel", _CHANNEL)),),
            ),
            Panel(
                "Chờ giới hạn tốc độ, 95% (rate limit)",
                "s",
                (("{{channel}}", _p(0.95, "motcua_send_rate_wait_seconds", "channel", _CHANNEL)),),
            ),
            Panel(
                "Không gửi được trong ngày (unsent)",
                "short",
                (("{{state}}", "max by (state) (motcua_outbound_unsent_last_day)"),),
            ),
            Panel(
                "Tài khoản tốt (accounts)",
                "bool_yes_no",
                (
                    ("{{channel}}", f"min by (channel) (motcua_channel_account_ok{_CHANNEL})"),
                    ("{{channel}} tạm dừng", f"max by (channel) (motcua_channel_account_paused{_CHANNEL})"),
                ),
            ),
            Panel(
                "Token còn (token days)",
                "d",
                (
                    ("{{channel}}", f"min by (channel) (motcua_channel_token_days_left{_CHANNEL})"),
                    ("{{channel}} cần đồng ý lại", f"max by (channel) (motcua_channel_token_consent_needed{_CHANNEL})"),
                ),
            ),
            Panel("Hạn mức còn (quota)", "short", (("{{channel}}", f"min by (channel) (motcua_channel_quota_left{_CHANNEL})"),)),
            Panel("Chờ gửi lâu nhất (oldest to be sent)", "s", (("", "max(motcua_outbound_oldest_pending_seconds)"),)),
        ),
        (("channel", "motcua_inbound_events_total"),),
    ),
    Dashboard(
        "motcua-dialogue",
        "Một Cửa · Bộ máy hội thoại (engine and actions)",
        (
            Panel(
                "Lượt hỏi theo ngăn (calls by slot)",
                "cps",
                (("{{slot}} {{result}}", _r("motcua_engine_calls_total", "slot, result")),),
            ),
            Panel("Thời gian lượt hỏi, 95% (call seconds)", "s", (("{{slot}}", _p(0.95, "motcua_engine_call_seconds", "slot")),)),
            Panel("Lượt của Rasa (engine turns)", "cps", (("{{result}}", _r("motcua_engine_turns_total", "result")),)),
            Panel(
                "Thời gian từng bước, 95% (steps)",
                "s",
                (
                    ("lượt (turn)", _p(0.95, "motcua_engine_turn_seconds")),
                    ("hiểu (NLU)", _p(0.95, "motcua_engine_nlu_seconds")),
                    ("xếp hàng (queue)", _p(0.95, "motcua_engine_queue_seconds")),
                    ("khoá (lock)", _p(0.95, "motcua_engine_lock_wait_seconds")),
                    ("kho (tracker)", _p(0.95, "motcua_engine_tracker_seconds")),
                    ("hành động (action)", _p(0.95, "motcua_engine_action_call_seconds")),
                ),
            ),
            Panel("Sự kiện mỗi hội thoại (tracker events)", "short", (("95 %", _p(0.95, "motcua_engine_tracker_events")),)),
            Panel("Kho hội thoại (tracker store)", "bytes", (("", "max(motcua_engine_tracker_bytes)"),)),
            Panel(
                "Lỗi kho hội thoại (tracker errors)",
                "cps",
                (("", "sum(rate(motcua_engine_tracker_errors_total[$__rate_interval]))"),),
            ),
            Panel(
                "Gọi hành động (action calls)",
                "cps",
                (
                    (
                        "{{action}} {{result}}",
                        _r("motcua_engine_action_calls_total", "action, result"),
                    ),
                ),
            ),
            Panel("Hành động (actions)", "cps", (("{{action}} {{result}}", _r("motcua_actions_total", "action, result")),)),
            Panel(
                "Thời gian hành động, 95% (action seconds)", "s", (("{{action}}", _p(0.95, "motcua_action_seconds", "action")),)
            ),
            Panel("Tra cứu, 95% (search)", "s", (("", _p(0.95, "motcua_search_seconds")),)),
            Panel("Tra cứu có véc-tơ (dense search)", "bool_yes_no", (("", "min(motcua_search_dense)"),), "stat"),
            Panel(
                "Thủ tục, tuổi danh mục (catalogue)",
                "short",
                (("thủ tục", "max(motcua_catalogue_procedures)"), ("ngày tuổi", "max(motcua_catalogue_age_seconds) / 86400")),
            ),
            Panel(
                "Gọi cổng (portal calls)",
                "cps",
                (("{{operation}} {{result}}", _r("motcua_portal_calls_total", "operation, result")),),
            ),
            Panel(
                "Thời gian gọi cổng, 95% (portal seconds)",
                "s",
                (("{{operation}}", _p(0.95, "motcua_portal_call_seconds", "operation")),),
            ),
            Panel("Mô hình đang chạy (models)", "short", (("{{slot}} {{model}} {{sha256}}", "motcua_engine_model_info"),)),
            Panel("Huấn luyện (trainings)", "short", (("{{state}}", "max by (state) (motcua_training_jobs)"),)),
        ),
    ),
    Dashboard(
        "motcua-database",
        "Một Cửa · Cơ sở dữ liệu (database)",
        (
            Panel(
                "Đọc được, đủ bước nâng cấp (up, migrated)",
                "bool_yes_no",
                (("đọc được", "max(motcua_ledger_up)"), ("đủ bước", "max(motcua_migrations_at_head)")),
                "stat",
            ),
            Panel("Kích thước sổ cái (size)", "bytes", (("", "max(motcua_database_bytes)"),)),
            Panel("Ổ đĩa còn (disk free)", "bytes", (("", "min(motcua_disk_free_bytes)"),)),
            Panel(
                "Kết nối (connections)",
                "short",
                (
                    ("{{process}} {{state}}", f"sum by (process, state) (motcua_database_pool_connections{_PROCESS})"),
                    ("{{process}} tối đa", f"sum by (process) (motcua_database_pool_limit{_PROCESS})"),
                ),
            ),
            Panel(
                "Chờ kết nối, 99% (pool wait)",
                "s",
                (("{{process}}", _p(0.99, "motcua_database_pool_wait_seconds", "process", _PROCESS)),),
            ),
            Panel("Giành lượt, 95% (claims)", "s", (("", _p(0.95, "motcua_claim_seconds")),)),
            Panel("Ghi kết quả (conclusions)", "cps", (("{{result}}", _r("motcua_conclusions_total", "result")),)),
            Panel("Mất lượt gửi (send leases lost)", "cps", (("{{channel}}", _r("motcua_send_leases_lost_total", "channel")),)),
            Panel(
                "Việc định kỳ, giờ từ lần cuối (tasks)",
                "h",
                (("{{task}}", "max by (task) (motcua_scheduled_task_age_seconds) / 3600"),),
            ),
            Panel(
                "Xoá dữ liệu quá hạn, sao lưu (retention, backup)",
                "h",
                (("xoá", "max(motcua_retention_run_age_seconds) / 3600"), ("sao lưu", "max(motcua_backup_age_seconds) / 3600")),
            ),
            Panel("Dấu hiệu hoạt động (heartbeats)", "s", (("{{kind}}", "max by (kind) (motcua_heartbeat_age_seconds)"),)),
            Panel(
                "Lượt đang làm, lượt hoãn (turns)",
                "short",
                (
                    ("đang làm", "sum(motcua_turns_in_hand)"),
                    ("hoãn {{reason}}", _r("motcua_turns_put_off_total", "reason")),
                ),
            ),
        ),
        (("process", "motcua_database_pool_limit"),),
    ),
    Dashboard(
        "motcua-officers",
        "Một Cửa · Cán bộ (officers)",
        (
            Panel("Đang chờ cán bộ (waiting)", "short", (("", "max(motcua_handoffs_waiting)"),), "stat"),
            Panel("Chờ lâu nhất (longest wait)", "s", (("", "max(motcua_handoff_longest_wait_seconds)"),), "stat"),
            Panel("Tiến trình hoạt động (processes)", "short", (("{{kind}}", "max by (kind) (motcua_processes_alive)"),), "stat"),
            Panel("Đang chờ theo thời gian (waiting)", "short", (("", "max(motcua_handoffs_waiting)"),)),
            Panel(
                "Chuyển cho cán bộ mỗi giờ (handed over)",
                "short",
                (
                    (
                        "{{outcome}}",
                        _TO_PEOPLE,
                    ),
                ),
            ),
            Panel(
                "Trang bàn làm việc, lỗi (console errors)",
                "percentunit",
                (("{{process}}", 'motcua:http_errors:ratio5m{process="console"}'),),
            ),
            Panel(
                "Trang xem nhiều (routes)",
                "cps",
                (
                    (
                        "{{route}}",
                        'topk(10, sum by (route) (rate(motcua_http_requests_total{process="console"}[$__rate_interval])))',
                    ),
                ),
            ),
            Panel("Đăng nhập (sign-ins)", "cps", (("{{step}} {{result}}", _r("motcua_sign_ins_total", "step, result")),)),
            Panel(
                "Hội thoại đang mở trên màn hình (open pages)", "short", (("", 'sum(motcua_event_streams_open{kind="console"})'),)
            ),
        ),
    ),
)


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    x, y = number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT
    targets = [
        {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend or "__auto", "datasource": _SOURCE}
        for place, (legend, query) in enumerate(panel.queries)
    ]
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _variables(dashboard: Dashboard) -> list[dict[str, Any]]:
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return [source] + [
        {
            "name": name,
            "type": "query",
            "datasource": _SOURCE,
            "query": f"label_values({metric}, {name})",
            "refresh": 2,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        }
        for name, metric in dashboard.variables
    ]


def grafana_json(dashboard: Dashboard) -> str:
    """The dashboard as Grafana reads it."""
    whole = {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["motcua"],
        "timezone": "Asia/Ho_Chi_Minh",
        "schemaVersion": 38,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": _variables(dashboard)},
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for one in DASHBOARDS:
        (FOLDER / f"{one.uid.removeprefix('motcua-')}.json").write_text(grafana_json(one), encoding="utf-8")
