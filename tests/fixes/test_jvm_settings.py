"""Where a setting of Spring Boot or Quarkus is written: beside its kind, below the parts of its key that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.fixes.changes import FileEdit, NewFile, apply_edits
from eventlens.fixes.jvm.project import JvmProject
from eventlens.fixes.jvm.settings import with_setting

from .proving import Analysed

KEY = "spring.rabbitmq.listener.simple.retry.enabled"


def made(root: Path, files: dict[str, str]) -> str | None:
    """The text of the one settings file afterwards; None where nothing is offered."""
    (root / "build.gradle").write_text("")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    change = with_setting(JvmProject(Analysed(root).context, "src/main/java/A.java"), KEY, "true")
    if isinstance(change, FileEdit):
        return apply_edits((root / change.path).read_bytes(), change.edits).decode()
    return change.text if isinstance(change, NewFile) else None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a=1\n", f"a=1\n{KEY}=true\n"),
        ("a=1", f"a=1\n{KEY}=true\n"),
        ("", f"{KEY}=true\n"),
        (f"{KEY} = false\r\na=1\r\n", f"{KEY} = true\r\na=1\r\n"),
        (
            "spring.rabbitmq.host=a\nspring.rabbitmq.port=1\nspring.data.b=1\n",
            f"spring.rabbitmq.host=a\nspring.rabbitmq.port=1\n{KEY}=true\nspring.data.b=1\n",
        ),
    ],
)
def test_properties(text: str, after: str, tmp_path: Path) -> None:
    assert made(tmp_path, {"src/main/resources/application.properties": text}) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "a: 1\n",
            "a: 1\nspring:\n  rabbitmq:\n    listener:\n      simple:\n        retry:\n          enabled: true\n",
        ),
        (
            "spring:\n    rabbitmq:\n        listener:\n            simple:\n                prefetch: 1\n\nserver:\n    port: 1\n",
            "spring:\n    rabbitmq:\n        listener:\n            simple:\n                prefetch: 1\n"
            "                retry:\n                    enabled: true\n\nserver:\n    port: 1\n",
        ),
        (
            "spring.rabbitmq:\n  host: a\n  listener.simple:\n    retry:\n      enabled: false # soon\n",
            "spring.rabbitmq:\n  host: a\n  listener.simple:\n    retry:\n      enabled: true\n",
        ),
        (
            "spring:\n  rabbitmq:\n    host: a\n---\nspring:\n  rabbitmq:\n    host: b\n",
            "spring:\n  rabbitmq:\n    host: a\n    listener:\n      simple:\n        retry:\n          enabled: true\n"
            "---\nspring:\n  rabbitmq:\n    host: b\n",
        ),
        ("spring: {rabbitmq: {host: a}}\n", None),
    ],
)
def test_yaml(text: str, after: str | None, tmp_path: Path) -> None:
    assert made(tmp_path, {"src/main/resources/application.yml": text}) == after


def test_a_file_of_its_own_only_where_there_is_none(tmp_path: Path) -> None:
    assert made(tmp_path, {}) == f"{KEY}=true\n"


def test_not_where_two_files_or_only_those_of_profiles_are_there(tmp_path: Path) -> None:
    assert made(tmp_path, {"src/main/resources/application-live.yml": "a: 1\n"}) is None
