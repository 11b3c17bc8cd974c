"""The text file for Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from ownproof.project.alerts.prometheus import text


def test_prometheus_reads_it():
    answer = {
        "incidents": [{"kind": "drift", "state": "open"}, {"kind": "drift", "state": "closed"}],
        "columns": [{"column": 'a "b"\\\n', "drift": True, "psi": 0.2}, {"column": "c", "drift": False, "psi": None}],
        "performance": {"metric": "roc_auc", "promised": {"value": 0.9}, "expected": None, "realised": {"value": 0.8}},
        "exit": 5,
    }
    seen = {
        f.name: f.samples
        for f in text_string_to_metric_families(text(answer, at=12.0, kinds=("feed", "drift", "loss")))
    }
    assert {s.labels["kind"]: s.value for s in seen["ownproof_incidents_open"]} == {"feed": 0, "drift": 1, "loss": 0}
    assert {s.labels["column"]: s.value for s in seen["ownproof_drift_alarm"]} == {'a "b"\\\n': 1, "c": 0}
    assert {s.labels["how"]: s.value for s in seen["ownproof_performance"]} == {"promised": 0.9, "realised": 0.8}
    assert seen["ownproof_retraining_advised"][0].value == 1
