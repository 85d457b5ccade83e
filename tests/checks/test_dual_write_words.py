"""How a dual write calls what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.behaviour import walking
from eventlens.checks import dual_write
from eventlens.checks.context import CheckContext
from eventlens.flow.model import Finding
from fixtures.engine import graph_of

MODELS = """
from django.db import models


class Parcel(models.Model):
    state = models.CharField(max_length=20)
"""
TASKS = """
from celery import shared_task

from depot.models import Parcel


@shared_task
def tell(number: int) -> None:
    print(number)


def arrive(number: int) -> None:
    {write}
    tell.delay(number)
"""


@pytest.mark.parametrize(
    "write",
    [
        'Parcel.objects.create(pk=number, state="here")',
        'Parcel.objects.filter(pk=number).update(state="here")',
    ],
)
def test_rows_of_a_django_model_are_called_by_its_class(tmp_path: Path, write: str) -> None:
    (found,) = _found(tmp_path, write)
    assert " of Parcel:" in found.message


def test_an_operation_that_is_not_followed_to_its_end_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "MAX_EVENTS", 1)
    (found,) = _found(tmp_path, 'Parcel.objects.create(pk=number, state="here")')
    assert found.severity == "info" and found.message.endswith("more than was followed")


LATE = """
from celery import shared_task

from depot.models import Parcel
from depot.tasks import tell


@shared_task(acks_late=True)
def arrive(number: int) -> None:
{lines}
"""


@pytest.mark.parametrize(
    ("lines", "severity", "words"),
    [
        (["Parcel.objects.create(pk=number)", "tell.delay(number)"], "warning", "and this one goes out twice"),
        (
            [
                "parcel = Parcel.objects.get(pk=number)",
                'if parcel.state == "here":',
                "    return",
                'parcel.state = "here"',
                "parcel.save()",
                "tell.delay(number)",
            ],
            "warning",
            "or never where the work is found done",
        ),
        (
            [
                "parcel, is_new = Parcel.objects.get_or_create(pk=number)",
                "if not is_new:",
                "    return",
                "tell.delay(parcel.pk)",
            ],
            "error",
            "a second delivery finds the work done",
        ),
        (
            [
                "Parcel.objects.create(pk=number)",
                "try:",
                "    tell.delay(number)",
                "except Exception as error:",
                "    print(error)",
            ],
            "error",
            "when publishing fails, that is swallowed",
        ),
    ],
)
def test_what_a_second_delivery_does_is_told(tmp_path: Path, lines: list[str], severity: str, words: str) -> None:
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "arrivals.py").write_text(LATE.format(lines="\n".join("    " + one for one in lines)))
    (found,) = (one for one in _found(tmp_path, "pass") if one.file.endswith("arrivals.py"))
    assert found.severity == severity and words in found.message


def _found(folder: Path, write: str) -> list[Finding]:
    (folder / "requirements.txt").write_text("celery==5.5.3\nDjango==5.2.5\n")
    (folder / "depot").mkdir(exist_ok=True)
    (folder / "depot" / "__init__.py").write_text("")
    (folder / "depot" / "models.py").write_text(MODELS)
    (folder / "depot" / "tasks.py").write_text(TASKS.format(write=write))
    settings, problems = read_workspace_settings(folder)
    assert not problems
    return list(dual_write.RULE.run(CheckContext(graph_of(folder), settings)))
