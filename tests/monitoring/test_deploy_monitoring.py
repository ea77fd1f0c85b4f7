"""The alert rules and the dashboard: their expressions are PromQL, and every metric and label they use exists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import yaml
from inspection.lake_of import Answer, LakeOf, product
from prometheus_client.parser import text_string_to_metric_families

from syncengine.control.engine import beat, take_engine
from syncengine.control.runs import RunStatus
from syncengine.control.schema import utc_now
from syncengine.inspection.view import CatalogView
from syncengine.monitoring.metrics import Metrics
from syncengine.monitoring.outcomes import outcomes_in_lake
from syncengine.monitoring.recorder import RunRecorder
from syncengine.progress import Moment
from syncengine.traffic import Traffic

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
RULES = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "dashboard.json").read_text())
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [target["expr"] for target in TARGETS]


def selectors(expression: object) -> Iterator[promql_parser.VectorSelector]:
    """Every metric that an expression selects, wherever in it."""
    match expression:
        case promql_parser.VectorSelector():
            yield expression
        case promql_parser.MatrixSelector():
            yield expression.vector_selector
        case promql_parser.BinaryExpr():
            yield from selectors(expression.lhs)
            yield from selectors(expression.rhs)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from selectors(expression.expr)
        case promql_parser.SubqueryExpr():
            yield from selectors(expression.expr)
        case promql_parser.Call():
            for argument in expression.args:
                yield from selectors(argument)
        case _:
            assert isinstance(expression, promql_parser.NumberLiteral | promql_parser.StringLiteral)


@pytest.fixture
def exposed(lake: LakeOf, view: CatalogView) -> dict[str, dict[str, set[str]]]:
    """What a busy installation tells: the labels of each sample's name, and their values."""
    traffic = Traffic()
    traffic.count("store", "GET", "200", 0.1)
    traffic.count_retry()
    run = lake.synced(products=[product("a"), product("b")], answers={"b": Answer("rejected", "BAD", "no")})
    RunRecorder(lake.control, outcomes=lambda item: outcomes_in_lake(lake.writer, item), traffic=Traffic()).at(
        Moment.FINISHED, run.run_id
    )
    for status in (RunStatus.FAILED, RunStatus.HELD):
        lake.synced(products=[product("a")], status=status)
    going_on = lake.begin()
    recorder = RunRecorder(lake.control, outcomes=lambda item: {}, traffic=traffic)
    recorder.at(Moment.RUN_BEGUN, going_on.run_id)
    traffic.count("store", "GET", "429", 0.1)
    traffic.count_retry()
    recorder.close()
    with lake.control.write() as connection:
        take_engine(connection, pid=1, host="h", kind="engine")
        beat(connection, next_sync_at=utc_now())
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(Metrics(lambda: view).exposition().decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def test_every_metric_and_label_that_is_used_exists(exposed: dict[str, dict[str, set[str]]]) -> None:
    missing = []
    for text in EXPRESSIONS:
        for selector in selectors(promql_parser.parse(text)):
            labels = exposed.get(selector.name)
            if labels is None:
                missing.append(selector.name)
                continue
            for matcher in selector.matchers.matchers:
                known = labels.get(matcher.name, set())
                if matcher.op == promql_parser.MatchOp.Equal and matcher.value not in known:
                    missing.append(f"{selector.name}{{{matcher.name}={matcher.value}}}")
                elif matcher.name not in labels:
                    missing.append(f"{selector.name}{{{matcher.name}}}")
    assert missing == []


def test_every_family_that_is_exposed_is_documented(exposed: dict[str, dict[str, set[str]]]) -> None:
    text = (DEPLOY.parents[1] / "docs" / "monitoring.md").read_text("utf-8")
    families = {
        name.removeprefix("catalog_sync_").removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        for name in exposed
    }

    assert [name for name in sorted(families) if f"`{name}`" not in text] == []


def test_each_rule_says_what_to_do() -> None:
    assert len(RULES) >= 3
    for rule in RULES:
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def test_the_dashboards_panels_have_ids_places_and_one_data_source() -> None:
    panels = DASHBOARD["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels) == len(set(places))
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
