"""Incidents and drift as a Prometheus text file: `journal/monitor.prom`, for the server's /metrics or a node exporter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COLUMNS_MOST = 200


def text(answer: Mapping[str, Any], *, at: float, kinds: tuple[str, ...]) -> str:
    """The text exposition format, version 0.0.4. answer: of `monitor`; at: unix seconds of the run."""
    open_ = [i for i in answer["incidents"] if i["state"] == "open"]
    lines = _family("ownproof_incidents_open", "Open incidents.")
    lines += [f'ownproof_incidents_open{{kind="{k}"}} {sum(i["kind"] == k for i in open_)}' for k in kinds]
    columns = sorted(answer["columns"], key=lambda c: (not c["drift"], c["column"]))[:COLUMNS_MOST]
    lines += _family("ownproof_drift_alarm", "1 where the column drifted in the last window that ended.")
    lines += [f'ownproof_drift_alarm{{column="{escaped(c["column"])}"}} {int(c["drift"])}' for c in columns]
    lines += _family("ownproof_drift_psi", "Population stability index of the last window; decides nothing.")
    lines += [
        f'ownproof_drift_psi{{column="{escaped(c["column"])}"}} {c["psi"]:.6g}' for c in columns if c["psi"] is not None
    ]
    lines += _family("ownproof_retraining_advised", "1 when retraining is advised (exit 5).")
    lines += [f"ownproof_retraining_advised {int(answer['exit'] == 5)}"]
    lines += _family(
        "ownproof_performance", "The metric of the model, as promised, expected without labels and realised."
    )
    performance = answer["performance"]
    for how in ("promised", "expected", "realised"):
        if performance[how] and performance[how]["value"] is not None:
            labels = f'metric="{escaped(performance["metric"])}",how="{how}"'
            lines.append(f"ownproof_performance{{{labels}}} {performance[how]['value']:.9g}")
    lines += _family("ownproof_monitor_run_timestamp_seconds", "When ownproof monitor last ran.")
    lines += [f"ownproof_monitor_run_timestamp_seconds {at:.3f}"]
    return "\n".join(lines) + "\n"


def _family(name: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} gauge"]


def escaped(label: str) -> str:
    r"""A label's value.

    >>> escaped('a"b')
    'a\\"b'
    """
    return str(label).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")[:200]
