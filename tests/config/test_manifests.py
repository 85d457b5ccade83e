from __future__ import annotations

import pytest

from eventlens.config.manifests import Manifest, is_manifest_name, read_manifest


def manifest(name: str, text: str) -> Manifest:
    found = read_manifest(name, text)
    assert found is not None
    return found


def dependencies(name: str, text: str) -> list[tuple[str, str, int, str]]:
    return [(d.name, d.version, d.line, d.group) for d in manifest(name, text).dependencies]


def test_package_json() -> None:
    text = '{\n "name": "@shop/orders",\n "workspaces": {"packages": ["apps/*"]},\n "scripts": {"start": "node ."},\n "dependencies": {\n  "kafkajs": "^2"\n },\n "devDependencies": {"jest": "1"}\n}'
    found = manifest("package.json", text)
    assert (found.name, found.line, found.workspaces, found.scripts) == (
        "@shop/orders",
        2,
        ("apps/*",),
        {"start": "node ."},
    )
    assert dependencies("package.json", text) == [("kafkajs", "^2", 6, ""), ("jest", "1", 8, "dev")]


def test_pyproject() -> None:
    text = '[project]\nname = "orders"\ndependencies = ["pika>=1.3 ; python_version > \'3\'", "celery[redis]~=5"]\n[project.scripts]\norders = "orders:main"\n[project.optional-dependencies]\nx = ["boto3"]\n'
    assert manifest("pyproject.toml", text).name == "orders"
    assert manifest("pyproject.toml", text).scripts == {"orders": "orders:main"}
    assert dependencies("pyproject.toml", text) == [
        ("pika", ">=1.3", 3, ""),
        ("celery", "~=5", 3, ""),
        ("boto3", "", 7, "x"),
    ]


def test_poetry() -> None:
    text = '[tool.poetry]\nname = "orders"\n[tool.poetry.dependencies]\npython = "^3.11"\naiokafka = "^0.10"\nredis = {version = "5", extras = ["x"]}\n[tool.poetry.group.dev.dependencies]\npytest = "8"\n'
    assert manifest("pyproject.toml", text).name == "orders"
    assert dependencies("pyproject.toml", text) == [
        ("aiokafka", "^0.10", 5, ""),
        ("redis", "5", 6, ""),
        ("pytest", "8", 8, "dev"),
    ]


def test_setup_files_are_read_as_text() -> None:
    text = "from setuptools import setup\nraise SystemExit('never run')\nsetup(\n    name='orders',\n    install_requires=[\n        'pika>=1',\n        \"kombu\",\n    ],\n)"
    assert (manifest("setup.py", text).name, manifest("setup.py", text).line) == ("orders", 4)
    assert dependencies("setup.py", text) == [("pika", ">=1", 6, ""), ("kombu", "", 7, "")]
    text = "[metadata]\nname = orders\n[options]\ninstall_requires =\n    pika>=1\n    kombu\n"
    assert manifest("setup.cfg", text).name == "orders"
    assert dependencies("setup.cfg", text) == [("pika", ">=1", 5, ""), ("kombu", "", 6, "")]


def test_requirements_and_pipfile() -> None:
    text = "# c\nconfluent-kafka==2.5.0  # why\n-r base.txt\n--hash=x\ngit+https://x/y\nredis[hiredis]>=5,<6 ; python_version>'3'\n\n"
    assert dependencies("requirements-dev.txt", text) == [
        ("confluent-kafka", "==2.5.0", 2, ""),
        ("redis", ">=5,<6", 6, ""),
    ]
    assert dependencies("Pipfile", '[packages]\npika = "*"\n[dev-packages]\npytest = "*"\n') == [
        ("pika", "*", 2, ""),
        ("pytest", "*", 4, "dev"),
    ]


def test_nx_project() -> None:
    assert manifest("project.json", '{"name": "orders", "projectType": "application"}').is_library is False
    assert manifest("project.json", '{"name": "contracts", "projectType": "library"}').is_library is True


@pytest.mark.parametrize(
    "name", ["package.json", "pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "Pipfile", "project.json"]
)
def test_broken_manifests_are_empty(name: str) -> None:
    assert is_manifest_name(name)
    found = manifest(name, "{[ = <<")
    assert (found.name, found.dependencies) == ("", ())


def test_other_files_are_no_manifests() -> None:
    assert read_manifest("tsconfig.json", "{}") is None and not is_manifest_name("notes.txt")
