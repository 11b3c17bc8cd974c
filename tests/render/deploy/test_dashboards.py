"""Alert rules and the dashboard: whole, and about what a server says."""

import json
import re

import pytest
import yaml

from ownproof.project.alerts import prometheus
from ownproof.render.deploy.dashboards import COLUMNS, dashboards
from ownproof.runtime.rest.metrics import FAMILIES
from ownproof.runtime.rest.service import KNOWN_ROUTES, REASONS


def monitored():
    """What the monitor leaves beside the journal; the server says it on."""
    figure = {"value": 0.5}
    answer = {
        "exit": 0, "columns": [{"column": "a", "drift": True, "psi": 0.1}], "incidents": [],
        "performance": {"metric": "roc_auc", "promised": figure, "expected": figure, "realised": figure},
    }  # fmt: skip
    return set(re.findall(r"(?m)^(ownproof_\w+)", prometheus.text(answer, at=0.0, kinds=("data",))))


@pytest.fixture(scope="module")
def made():
    return dashboards("churn-model")


@pytest.fixture(scope="module")
def rules(made):
    return [r for g in yaml.safe_load(made["alerts.yaml"])["groups"] for r in g["rules"]]


@pytest.fixture(scope="module")
def panels(made):
    return json.loads(made["dashboard.json"])["panels"]


@pytest.fixture(scope="module")
def queries(rules, panels):
    return [r["expr"] for r in rules] + [t["expr"] for p in panels for t in p.get("targets", [])]


def test_every_metric_that_is_asked_for_is_one_that_a_server_says(queries):
    named = {re.sub(r"_(bucket|sum|count)$", "", m) for q in queries for m in re.findall(r"ownproof_\w+", q)}
    assert named <= {*FAMILIES, *monitored()}
    assert {"ownproof_journal_drops_total", "ownproof_incidents_open", "ownproof_request_seconds"} <= named


def test_every_reason_and_route_that_is_asked_for_is_one_that_a_server_says(queries):
    told = {w for q in queries for m in re.findall(r'reason=~?"([^"]+)"', q) for w in m.split("|")}
    assert {"busy", "deadline", "invalid"} == told <= set(REASONS.values())
    assert {r for q in queries for r in re.findall(r'route="([^"]+)"', q)} <= set(KNOWN_ROUTES)


def test_every_query_is_about_one_job_and_its_brackets_close(queries):
    for query in queries:
        selectors = re.findall(r"(?:ownproof_\w+|\bup)(\{[^}]*\})?", query)
        assert selectors
        assert all('job="' in s for s in selectors), query
        depth, pairs = [], {")": "(", "}": "{", "]": "["}
        for sign in re.sub(r'"[^"]*"', "", query):
            if sign in "({[":
                depth.append(sign)
            elif sign in pairs:
                assert depth.pop() == pairs[sign], query
        assert depth == []


def test_every_alert_says_what_it_is_and_what_to_do(rules):
    assert len({r["alert"] for r in rules}) == len(rules) >= 10
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "todo"}
        templates = re.findall(r"\{\{.*?\}\}", rule["annotations"]["summary"])
        assert all(re.fullmatch(r"\{\{ \$(value|labels\.\w+)( \| \w+)? \}\}", t) for t in templates)


def test_the_alertmanager_example_sends_every_route_to_somebody_who_is_there(made):
    told = yaml.safe_load(made["alertmanager.yaml"])
    receivers = {r["name"] for r in told["receivers"]}
    assert {told["route"]["receiver"], *(r["receiver"] for r in told["route"]["routes"])} <= receivers
    assert yaml.safe_load(made["scrape.yaml"])["scrape_configs"][0]["job_name"] == "churn-model"


def test_no_two_panels_lie_on_each_other(panels):
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({p["id"] for p in panels}) == len(panels)
    assert all(p["description"] for p in panels if p["type"] != "row")
