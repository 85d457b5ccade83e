from __future__ import annotations

import pytest

from eventlens.config.toml_settings import SettingsError, read_settings

TEXT = """\
exclude = ["legacy/**"]

[values]
ORDERS_TOPIC = "orders"
PARTITIONS = 6
"config.topic" = "x"

[[services]]
name = "orders"
path = "services/orders"

[[external]]
channel = "partner.*"
owner = "partner team"

[rules]
dual-write = "error"
no-dead-letter = { severity = "warning" }
hot-loop = "off"
event-name-tense = { allow = ["*Heartbeat"] }
thundering-herd = { consumers = 5 }

[libraries]
paths = ["models"]
"""


def test_everything_that_can_be_set() -> None:
    settings = read_settings(TEXT)
    assert settings.exclude == ("legacy/**",)
    assert settings.values == {"ORDERS_TOPIC": "orders", "PARTITIONS": "6", "config.topic": "x"}
    assert [(s.name, s.path) for s in settings.services] == [("orders", "services/orders")]
    assert [(e.channel, e.owner, e.reason) for e in settings.external] == [("partner.*", "partner team", "")]
    assert settings.rules["dual-write"].severity == "error" and settings.rules["hot-loop"].severity == "off"
    assert settings.rules["no-dead-letter"].severity == "warning"
    assert settings.rules["event-name-tense"].allow == ("*Heartbeat",)
    assert settings.rules["thundering-herd"].consumers == 5
    assert settings.libraries.paths == ("models",)


def test_nothing_set() -> None:
    assert read_settings("") == read_settings("[project]\nname = 'x'", "pyproject.toml")


def test_pyproject_section() -> None:
    assert read_settings("[tool.eventlens]\nexclude = ['a']\n[tool.other]\nx = 1", "sub/pyproject.toml").exclude == (
        "a",
    )


def problems(text: str, file: str = "eventlens.toml") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(text, file, known_rules=("dual-write", "no-dead-letter"))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\nexclde = []", "eventlens.toml:2: exclde: 'exclde' is no known setting; did you mean 'exclude'?"),
        ("[valuess]\nA = '1'", "eventlens.toml:1: valuess: 'valuess' is no known setting; did you mean 'values'?"),
        ("[[services]]\nname = 'a'", "eventlens.toml:1: services.0.path: this is required; add it"),
        (
            "[[services]]\nname = 'a'\npath = 'b'\npaths = 1",
            "eventlens.toml:4: services.0.paths: 'paths' is no known setting; did you mean 'path'?",
        ),
        (
            "[rules]\ndual-write = 'eror'",
            "eventlens.toml:2: rules.dual-write.severity: 'eror' is no known severity; did you mean 'error'?",
        ),
        (
            "[rules]\ndual-wirte = 'error'",
            "eventlens.toml:2: rules.dual-wirte: 'dual-wirte' is no known rule; did you mean 'dual-write'?",
        ),
        (
            "[rules]\ndual-write = {severty = 'error'}",
            "eventlens.toml:2: rules.dual-write.severty: 'severty' is no known setting; did you mean 'severity'?",
        ),
        (
            "[rules]\ndual-write = {consumers = 'many'}",
            "eventlens.toml:2: rules.dual-write.consumers: this must be a whole number, but it is 'many'",
        ),
        ("exclude = 'a'", "eventlens.toml:1: exclude: this must be a list, such as [\"…\"], but it is 'a'"),
        ("[values]\nA = []", "eventlens.toml:2: values.A: this must be a text in quotes, but it is []"),
        ("values = 3", "eventlens.toml:1: values: this must be a table `[values]`, but it is 3"),
        ("services = 3", "eventlens.toml:1: services: this must be tables `[[services]]`, but it is 3"),
        ("libraries = 3", "eventlens.toml:1: libraries: this must be a table, but it is 3"),
    ],
)
def test_a_mistake_names_line_field_and_remedy(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_mistakes_in_pyproject_name_the_whole_field() -> None:
    assert problems("[tool.eventlens]\nrule = {}", "pyproject.toml") == [
        "pyproject.toml:2: tool.eventlens.rule: 'rule' is no known setting; did you mean 'rules'?"
    ]


def test_all_mistakes_at_once_in_order() -> None:
    found = problems("[rules]\nx = 'loud'\n[libraries]\npath = []\n")
    assert [problem.split(":")[1] for problem in found] == ["2", "4"]


def test_broken_toml_names_the_line() -> None:
    (problem,) = problems("a = 1\nb = \n")
    assert problem.startswith("eventlens.toml:2: this is not valid TOML: ")


@pytest.mark.parametrize("path", ["/etc", "../shared", "tools/../../shared", "C:\\\\models", "..\\\\shared"])
def test_library_models_lie_inside_the_workspace(path: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(f'[libraries]\npaths = ["{path}"]\n')
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (2, "libraries.paths.0")
    assert problem.message.startswith("this must be a path inside the workspace, but it is ")
