from __future__ import annotations

import pytest

from eventlens.config.documents import read_document
from eventlens.config.helm import ValuesFile, chart_of, is_values_name, rendered, variables_in
from eventlens.config.kubernetes import read_deployments

VALUES = """\
orders:
  topic: shop.orders
  group: "billing: eu"
env:
  PLAIN_TOPIC: shop.plain
  lower: no
worker:
  extraEnv:
    - name: LISTED_TOPIC
      value: shop.listed
"""

TEMPLATE = """\
{{- if .Values.orders }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  template:
    spec:
      {{- with .Values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repo }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- /* a comment
               on two lines */}}
          env:
            - name: TOPIC
              value: {{ .Values.orders.topic | quote }}
            - name: GROUP
              value: {{ .Values.orders.group }}
            - name: DEAD
              value: "{{ .Values.orders.topic }}.dlq"
            - name: RETRY
              value: {{ .Values.orders.retry | default "shop.retry" }}
            - name: OTHER
              value: {{ default "shop.other" .Values.orders.other | upper }}
            - name: UNKNOWN
              value: {{ printf "%s-x" .Values.orders.topic }}
{{- end }}
"""


def files(text: str = VALUES, *more: str) -> list[ValuesFile]:
    roots = [read_document("values.yaml", one).root for one in (text, *more)]
    return [ValuesFile(f"values{n}.yaml", root) for n, root in enumerate(roots) if root is not None]


def test_literals_are_put_in_and_every_line_stays_where_it_is() -> None:
    text, origins = rendered(TEMPLATE, files())
    assert text.count("\n") == TEMPLATE.count("\n")
    (found,) = read_deployments("d.yaml", text).environments
    values = {one.name: one.value for one in found.variables}
    assert values.pop("UNKNOWN", "").startswith("${")
    assert values == {
        "TOPIC": "shop.orders",
        "GROUP": "billing: eu",
        "DEAD": "shop.orders.dlq",
        "RETRY": "shop.retry",
        "OTHER": "SHOP.OTHER",
    }
    lines = {one.name: origins.get(one.line) for one in found.variables}
    assert (lines["TOPIC"], lines["DEAD"], lines["RETRY"]) == (("values0.yaml", 2), ("values0.yaml", 2), None)


def test_a_later_values_file_wins() -> None:
    text, origins = rendered("a: {{ .Values.orders.topic }}\n", files(VALUES, "orders:\n\n  topic: shop.prod\n"))
    assert (text, origins) == ("a: shop.prod\n", {1: ("values1.yaml", 3)})


def test_variables_that_a_values_file_lists() -> None:
    (values,) = files()
    assert [(one.name, one.value, one.line) for one in variables_in(values)] == [
        ("PLAIN_TOPIC", "shop.plain", 5),
        ("LISTED_TOPIC", "shop.listed", 10),
    ]


def test_expressions_in_the_variables_of_a_values_file() -> None:
    text = """\
env:
  KNOWN: orders-{{ .Values.region }}
  GIVEN_ELSEWHERE: orders-{{ .Values.global.environment }}
region: eu
"""
    root = read_document("values.yaml", text).root
    assert [(one.name, one.value) for one in variables_in(ValuesFile("values.yaml", root))] == [
        ("KNOWN", "orders-eu"),
        ("GIVEN_ELSEWHERE", "orders-${.Values.global.environment}"),
    ]


def test_names_of_charts() -> None:
    assert chart_of("k8s/shop/templates/orders/deployment.yaml") == "k8s/shop"
    assert chart_of("templates/x.yaml") == ""
    assert chart_of("k8s/deployment.yaml") is None
    assert [
        is_values_name(name) for name in ("values.yaml", "values-prod.yml", "values.prod.yaml", "myvalues.yaml")
    ] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["{{", "}}", "{{ {{ }}", "{{ .Values. }}", "a: {{ .Values.x", '{{ "', "{{" * 5_000, "{{ `a }}\n"]
)
def test_broken_templates_keep_their_lines(text: str) -> None:
    assert rendered(text, files()).text.count("\n") == text.count("\n")
