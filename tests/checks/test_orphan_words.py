"""What is said of an orphan: the channel, or the event where the channel has another end."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.checks import orphans
from eventlens.checks.context import CheckContext
from fixtures.engine import graph_of

WORKER = """
import { Processor, Process, InjectQueue } from '@nestjs/bull';
import { Job, Queue } from 'bull';

@Processor('letters')
export class Letters {
  @Process('welcome')
  async welcome(job: Job) {
    console.log(job.data);
  }

  @Process('farewell')
  async farewell(job: Job) {
    console.log(job.data);
  }
}

export class Guests {
  constructor(@InjectQueue('letters') private readonly letters: Queue) {}

  async arrived(guest: string) {
    await this.letters.add('welcome', { guest });
  }
}
"""


def test_an_event_that_nobody_publishes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "house"
    root.mkdir()
    (root / "package.json").write_text(
        '{"name": "house", "dependencies": {"@nestjs/bull": "10.2.3", "bull": "4.16.4"}}'
    )
    (root / "letters.ts").write_text(WORKER)
    found = orphans.SUBSCRIBE.run(CheckContext(graph_of(root), read_workspace_settings(root)[0]))
    assert [one.message for one in found] == ["nobody in this workspace publishes farewell to letters"]
