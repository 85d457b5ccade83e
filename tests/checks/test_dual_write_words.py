"""How a dual write calls what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.checks import dual_write
from eventlens.checks.context import CheckContext
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
    (tmp_path / "requirements.txt").write_text("celery==5.5.3\nDjango==5.2.5\n")
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "__init__.py").write_text("")
    (tmp_path / "depot" / "models.py").write_text(MODELS)
    (tmp_path / "depot" / "tasks.py").write_text(TASKS.format(write=write))
    settings, problems = read_workspace_settings(tmp_path)
    assert not problems
    found = [one.message for one in dual_write.RULE.run(CheckContext(graph_of(tmp_path), settings))]
    assert len(found) == 1 and " of Parcel:" in found[0]
