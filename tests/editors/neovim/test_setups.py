"""The set-ups for Neovim that the documentation shows, read by the real one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .test_neovim import NEOVIM

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "editors.md").read_text("utf-8")
BLOCKS = re.findall(r"```lua\n(.*?)```", PAGE, re.DOTALL)
ENTRY = DOCS / "editors" / "lspconfig" / "eventlens.lua"

pytestmark = pytest.mark.skipif(NEOVIM is None, reason="nvim is not on PATH")


def answer(tmp_path: Path, lua: str) -> Any:
    """What a script gives, as Neovim's own JSON."""
    assert NEOVIM is not None
    script = tmp_path / "script.lua"
    script.write_text(
        f"local function run()\n{lua}\nend\nio.stdout:write(vim.fn.json_encode(run()))\nvim.cmd('qa!')\n", "utf-8"
    )
    command = [NEOVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-S", str(script)]
    environment = {
        **os.environ,
        **{f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_of_the_page_is_lua(tmp_path: Path, block: str) -> None:
    (tmp_path / "block.lua").write_text(block, "utf-8")
    assert answer(tmp_path, f"return {{ loads = loadfile('{tmp_path / 'block.lua'}') ~= nil }}") == {"loads": True}


def test_the_entry_for_lspconfig_is_the_set_up_of_the_page(tmp_path: Path) -> None:
    entry = answer(tmp_path, f"return dofile('{ENTRY}')")
    assert entry["cmd"] == ["eventlens", "serve"]
    shown = [
        set(re.findall(r'"(\w+)"', names))
        for names in re.findall(r"(?:filetypes|pattern) = \{(.*?)\}", PAGE, re.DOTALL)
    ]
    assert len(shown) == 2 and all(names == set(entry["filetypes"]) for names in shown)


def test_the_page_begins_it_by_itself(tmp_path: Path) -> None:
    """Neovim 0.11 and later: the first block alone attaches the server to a file of each kind."""
    if not answer(tmp_path, "return { new = vim.lsp.config ~= nil }")["new"]:
        pytest.skip("this Neovim has no vim.lsp.config")
    (tmp_path / ".git").mkdir()
    (tmp_path / "block.lua").write_text(BLOCKS[0], "utf-8")
    files = {"a.ts": "typescript", "b.go": "go", "c.kt": "kotlin", "d.tf": "terraform"}
    for name in files:
        (tmp_path / name).touch()
    lua = f"""
    dofile('{tmp_path / "block.lua"}')
    local seen = {{}}
    for _, name in ipairs({{ {", ".join(repr(name) for name in files)} }}) do
      vim.cmd.edit('{tmp_path}/' .. name)
      vim.bo.filetype = ({{ {", ".join(f"['{name}'] = '{kind}'" for name, kind in files.items())} }})[name]
      vim.wait(20000, function() return #vim.lsp.get_clients({{ bufnr = 0, name = 'eventlens' }}) > 0 end)
      seen[name] = #vim.lsp.get_clients({{ bufnr = 0, name = 'eventlens' }})
    end
    return seen
    """
    assert answer(tmp_path, lua) == dict.fromkeys(files, 1)
