"""What Prometheus, Alertmanager and Grafana are told about a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ownproof.render.deploy.templates import fill

FILES = ("alerts.yaml", "alertmanager.yaml", "scrape.yaml")
SOURCE = {"type": "prometheus", "uid": "${source}"}
CHOSEN = '{job="$job"'
OF_ROWS = " sum(rate(ownproof_rows_total{JOB[$__rate_interval]))"
COLUMNS = 24
HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: `queries` (expression, legend); unit: Grafana's word for it; text: what is to be seen in it.

    kind: `timeseries`, `stat` or `heatmap`; width: of Grafana's 24 columns; most: the axis ends there.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    text: str
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    stacked: bool = False
    most: float | None = None


ROWS: Mapping[str, tuple[Panel, ...]] = {
    "Does it answer": (
        Panel(
            "Requests a second",
            (("sum by (status) (rate(ownproof_requests_total{JOB[$__rate_interval]))", "{{status}}"),),
            "By status. 4xx is the caller's, 5xx ours.",
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "Time to answer",
            tuple(
                (
                    f"histogram_quantile({q}, sum by (le) (rate(ownproof_request_seconds_bucket{{JOB[$__rate_interval])))",
                    name,
                )
                for q, name in ((0.5, "half within"), (0.95, "95 % within"), (0.99, "99 % within"))
            ),
            "From the first byte of a request to its answer, in the server.",
            unit="s",
        ),
        Panel(
            "Turned away a second",
            (("sum by (reason) (rate(ownproof_refused_total{JOB[$__rate_interval]))", "{{reason}}"),),
            "busy and deadline: too much to do. invalid: does not fit the schema. key, scope: who asks.",
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "At work",
            (
                ("sum(ownproof_in_flight{JOB)", "requests in flight"),
                ("sum(ownproof_queue_rows{JOB)", "rows that wait"),
                ("sum(ownproof_workers{JOB)", "workers"),
            ),
            "Rows wait only for models that take longer than a millisecond.",
        ),
        Panel(
            "Models that answer",
            (("count by (model) (ownproof_model_info{JOB == 1)", "{{model}}"),),
            "One line, but for the minutes of a release.",
        ),
        Panel(
            "Rows a second",
            (("sum(rate(ownproof_rows_total{JOB[$__rate_interval]))", "rows"),),
            "A request may hold many rows.",
            unit="rowsps",
        ),
    ),
    "What it says": (
        Panel(
            "Predictions",
            (("sum by (prediction) (rate(ownproof_predictions_total{JOB[$__rate_interval]))", "{{prediction}}"),),
            "Answers a second by class; a mix that shifts is the first sign of drift.",
            unit="rowsps",
            stacked=True,
        ),
        Panel(
            "Scores",
            (("sum by (le) (increase(ownproof_score_bucket{JOB[$__rate_interval]))", "{{le}}"),),
            "Probability of the positive class, of the chosen class, or the number itself.",
            kind="heatmap",
        ),
        Panel(
            "Flags",
            (
                (f"sum by (flag) (rate(ownproof_flagged_total{{JOB[$__rate_interval])) / ignoring (flag) group_left{OF_ROWS}", "{{flag}}"),
                (f"sum(rate(ownproof_abstained_total{{JOB[$__rate_interval])) /{OF_ROWS}", "abstained"),
            ),
            "Share of the answers: rows unlike those of training, and answers that were replaced by the default.",
            unit="percentunit",
        ),
    ),
    "Is it still right": (
        Panel(
            "Open incidents",
            (("max by (kind) (ownproof_incidents_open{JOB) > 0", "{{kind}}"),),
            "As the monitor left them; it says what changed and what to do.",
            kind="stat",
            width=6,
        ),
        Panel(
            "Retraining",
            (("max(ownproof_retraining_advised{JOB)", "advised"),),
            "1 after three windows in a row, or a proven loss.",
            kind="stat",
            width=3,
        ),
        Panel(
            "Last look",
            (("time() - max(ownproof_monitor_run_timestamp_seconds{JOB)", "ago"),),
            "Since the monitor last read the journal.",
            unit="s",
            kind="stat",
            width=3,
        ),
        Panel(
            "How good it is",
            (("max by (metric, how) (ownproof_performance{JOB)", "{{metric}} {{how}}"),),
            "promised when it was packaged, expected without labels, realised where outcomes are known.",
            width=12,
        ),
        Panel(
            "Columns in alarm",
            (("max by (column) (ownproof_drift_alarm{JOB) > 0", "{{column}}"),),
            "Columns whose last window differs from the reference beyond chance.",
            width=12,
            most=1,
        ),
        Panel(
            "PSI",
            (("topk(10, max by (column) (ownproof_drift_psi{JOB))", "{{column}}"),),
            "Shown because people know it; it decides nothing.",
            width=12,
        ),
    ),
    "The journal": (
        Panel(
            "Written a second",
            (("sum(rate(ownproof_journal_bytes_total{JOB[$__rate_interval]))", "bytes"),),
            "About 600 bytes a decision.",
            unit="Bps",
        ),
        Panel(
            "Dropped",
            (
                ("sum by (instance) (increase(ownproof_journal_drops_total{JOB[$__rate_interval]))", "{{instance}}"),
                ("sum by (instance) (increase(ownproof_journal_sync_failures_total{JOB[$__rate_interval]))", "{{instance}}: not synced"),
            ),
            "Anything above nothing is a decision that was answered and not written down.",
        ),
        Panel(
            "Behind the disk",
            (("max by (instance) (ownproof_journal_sync_lag_seconds{JOB)", "{{instance}}"),),
            "What a power cut would lose; 50 ms is usual.",
            unit="s",
        ),
    ),
}  # fmt: skip


def dashboards(name: str) -> Mapping[str, bytes]:
    """Alert rules, an Alertmanager example, a scrape configuration and a dashboard; name: the job's in Prometheus."""
    files = {file: fill(f"dashboards/{file}.j2", name=name) for file in FILES}
    return {**files, "dashboard.json": (json.dumps(_dashboard(name), indent=1, ensure_ascii=False) + "\n").encode()}


def _dashboard(name: str) -> dict[str, Any]:
    panels: list[dict[str, Any]] = []
    at = 0
    for title, row in ROWS.items():
        panels.append(
            {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _place(0, at, COLUMNS, 1)}
        )
        at += 1
        x = 0
        for panel in row:
            if x + panel.width > COLUMNS:
                x, at = 0, at + HEIGHT
            panels.append(_panel(panel, _place(x, at, panel.width, HEIGHT)))
            x += panel.width
        at += HEIGHT
    for number, each in enumerate(panels, 1):
        each["id"] = number
    return {
        "title": f"ownproof: {name}",
        "uid": f"ownproof-{name}"[:40],
        "tags": ["ownproof"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source(), _job(name)]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _panel(panel: Panel, place: Mapping[str, int]) -> dict[str, Any]:
    heat = panel.kind == "heatmap"
    custom: dict[str, Any] = {"lineWidth": 1, "fillOpacity": 10}
    if panel.stacked:
        custom = {"lineWidth": 1, "fillOpacity": 50, "stacking": {"mode": "normal", "group": "A"}}
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "custom": custom if panel.kind == "timeseries" else {}}
    if panel.most is not None:
        defaults["max"] = panel.most
    if panel.kind == "stat":
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        steps += [{"color": "red", "value": 1}] if panel.unit == "short" else []
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}, "noValue": "none"}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": SOURCE,
        "gridPos": dict(place),
        "targets": [
            {
                "refId": "ABCDEF"[number],
                "datasource": SOURCE,
                "expr": query.replace("{JOB", CHOSEN + "}"),
                "legendFormat": legend,
                "format": "heatmap" if heat else "time_series",
            }
            for number, (query, legend) in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"calculate": False}
        if heat
        else {"tooltip": {"mode": "multi"}}
        if panel.kind == "timeseries"
        else {},
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _source() -> dict[str, Any]:
    return {
        "name": "source",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
        "hide": 0,
    }


def _job(name: str) -> dict[str, Any]:
    return {
        "name": "job",
        "label": "Server",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": "label_values(ownproof_workers, job)", "refId": "job"},
        "current": {"text": name, "value": name},
        "refresh": 2,
        "hide": 0,
    }
