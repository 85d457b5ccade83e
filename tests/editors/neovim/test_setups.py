"""The set-ups for Neovim that the documentation shows, each in the versions for which it is written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..page import DOCS, REQUIRED, block, blocks, environment, in_test_editors
from .test_neovim import NEOVIM

ENTRY = DOCS / "editors" / "lspconfig" / "eventlens.lua"
NEW = block("lua", 'vim.lsp.config("eventlens"')
OLDER = block("lua", "vim.lsp.start({")
OLDEST = block("lua", "vim.lsp.start_client(")

STOREFRONT = Path(__file__).parents[3] / "fixtures" / "storefront"
SOURCES = ("a.ts", "b.tsx", "c.js", "d.jsx", "e.py", "F.java", "g.kt", "h.go", "I.cs")
CONFIGURATION = ("j.yaml", "k.toml", "l.json", "tsconfig.json", "m.tf", "n.tfvars", "o.properties", ".env")

pytestmark = pytest.mark.skipif(NEOVIM is None, reason="nvim is not on PATH")


def answer(tmp_path: Path, lua: str, *, init: str = "") -> Any:
    """What a script gives in a Neovim with that `init.lua`, which runs in the folder `workspace`."""
    assert NEOVIM is not None
    script = f"local function run()\n{lua}\nend\nio.stdout:write(vim.fn.json_encode(run()))\nvim.cmd('qa!')\n"
    (tmp_path / "init.lua").write_text(init, "utf-8")
    (tmp_path / "script.lua").write_text(script, "utf-8")
    (tmp_path / "workspace").mkdir(exist_ok=True)
    command = [NEOVIM, "--headless", "-u", str(tmp_path / "init.lua"), "-i", "NONE", "-n"]
    done = subprocess.run(
        [*command, "-S", str(tmp_path / "script.lua")],
        cwd=tmp_path / "workspace",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(tmp_path),
    )
    assert done.returncode == 0 and done.stdout.startswith(("{", "[")), done.stdout + done.stderr
    return json.loads(done.stdout)


def has(tmp_path: Path, function: str) -> bool:
    return bool(answer(tmp_path, f"return {{ has = vim.tbl_get(vim, {function}) ~= nil }}")["has"])


def needs(tmp_path: Path, function: str) -> None:
    """Skips the test where Neovim has no such function."""
    if not has(tmp_path, function):
        pytest.skip(f"this Neovim has no {function}")


def attached(tmp_path: Path, init: str) -> tuple[set[str], set[str]]:
    """The files to which one server was attached, and the folders that it was told of."""
    names = [*SOURCES, *CONFIGURATION]
    root = tmp_path / "workspace"
    (root / ".git").mkdir(parents=True)
    for name in names:
        # Neovim looks into a .tf file: an empty one might be of another language.
        (root / name).write_text('resource "aws_sqs_queue" "orders" {}\n' if name.endswith(".tf") else "")
    lua = f"""
    local seen = {{ files = {{}}, roots = {{}} }}
    local function clients(buffer)
      if vim.lsp.get_clients then return vim.lsp.get_clients({{ bufnr = buffer, name = 'eventlens' }}) end
      return vim.tbl_values(vim.lsp.buf_get_clients(buffer))
    end
    for _, name in ipairs({{ {", ".join(map(repr, names))} }}) do
      vim.cmd('edit ' .. name)
      local buffer = vim.api.nvim_get_current_buf()
      -- A file of a type that no set-up names is not waited for: the server starts at once where it starts at all.
      vim.wait(#seen.files == 0 and 20000 or 500, function()
        local found = clients(buffer)
        return #found == 1 and found[1].initialized
      end, 10)
      for _, client in ipairs(clients(buffer)) do
        table.insert(seen.files, name)
        table.insert(seen.roots, client.config.root_dir)
      end
    end
    return seen
    """
    seen = answer(tmp_path, lua, init=init)
    assert len(seen["files"]) == len(set(seen["files"]))
    return set(seen["files"]), set(seen["roots"])


@pytest.mark.parametrize("shown", blocks("lua"), ids=range(len(blocks("lua"))))
def test_a_block_of_the_page_is_lua(tmp_path: Path, shown: str) -> None:
    (tmp_path / "block.lua").write_text(shown, "utf-8")
    assert answer(tmp_path, f"return {{ loads = loadfile('{tmp_path / 'block.lua'}') ~= nil }}") == {"loads": True}


def test_the_entry_for_lspconfig_is_the_set_up_of_the_page(tmp_path: Path) -> None:
    entry = answer(tmp_path, f"return dofile('{ENTRY}')")
    assert entry["cmd"] == ["eventlens", "serve"] and entry["root_markers"] == ["eventlens.toml", ".git"]
    assert set(entry) == {"cmd", "filetypes", "root_markers"}
    for shown, more in ((NEW, set()), (OLDER, {"sh"}), (OLDEST, {"sh"})):
        (names,) = re.findall(r"(?:filetypes|pattern) = \{(.*?)\}", shown, re.DOTALL)
        assert set(re.findall(r'"([\w-]+)"', names)) == set(entry["filetypes"]) | more


def test_the_entry_has_the_form_of_lspconfigs() -> None:
    """A description in Markdown that its documentation is made of, the type, one table; two spaces, single quotes, 120 columns."""
    lines = ENTRY.read_text("utf-8").splitlines()
    brief, empty = lines.index("---@brief"), lines.index("")
    assert brief == 0 and lines[1] == "---" and all(line.startswith("---") for line in lines[:empty])
    assert lines[empty + 1 : empty + 3] == ["---@type vim.lsp.Config", "return {"] and lines[-1] == "}"
    assert max(map(len, lines)) <= 120 and '"' not in "".join(lines[empty:])
    assert all(re.match(r"(?:  )*\S", line) for line in lines if line)


@pytest.mark.parametrize(
    ("shown", "function", "newer"),
    [
        pytest.param(NEW, "'lsp', 'enable'", None, id="0.11 and later"),
        pytest.param(OLDER, "'lsp', 'start'", "'lsp', 'enable'", id="0.8 to 0.10"),
        pytest.param(OLDEST, "'lsp', 'start_client'", "'lsp', 'start'", id="0.7"),
    ],
)
def test_a_set_up_attaches_one_server_to_files_of_all_kinds(
    tmp_path: Path, shown: str, function: str, newer: str | None
) -> None:
    needs(tmp_path, function)
    if not REQUIRED and newer is not None and has(tmp_path, newer):
        pytest.skip("a newer set-up is for this Neovim; `make test-editors` plays the older ones too")
    assert attached(tmp_path, shown) == ({*SOURCES, *CONFIGURATION}, {str(tmp_path / "workspace")})


@in_test_editors
def test_the_entry_for_lspconfig_attaches_it_by_its_name_alone(tmp_path: Path) -> None:
    """As a plugin brings it: the file lies in a folder `lsp` of the runtime path."""
    needs(tmp_path, "'lsp', 'enable'")
    (tmp_path / "plugin" / "lsp").mkdir(parents=True)
    (tmp_path / "plugin" / "lsp" / ENTRY.name).write_bytes(ENTRY.read_bytes())
    init = f"vim.opt.runtimepath:prepend('{tmp_path / 'plugin'}')\nvim.lsp.enable('eventlens')\n"
    assert attached(tmp_path, init) == ({*SOURCES, *CONFIGURATION}, {str(tmp_path / "workspace")})


def test_hints_lenses_and_completion_are_turned_on_where_the_server_is(tmp_path: Path) -> None:
    needs(tmp_path, "'lsp', 'completion', 'enable'")
    root = tmp_path / "workspace"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"), dirs_exist_ok=True)
    lua = """
    vim.cmd('edit services/payments/src/consumers/order-events.ts')
    vim.wait(20000, function() return vim.lsp.inlay_hint.is_enabled({ bufnr = 0 }) end, 10)
    if not vim.lsp.codelens.enable then vim.api.nvim_exec_autocmds('InsertLeave', {}) end
    vim.wait(20000, function() return #vim.lsp.codelens.get(vim.lsp.codelens.enable and { bufnr = 0 } or 0) > 0 end, 10)
    return {
      hints = vim.lsp.inlay_hint.is_enabled({ bufnr = 0 }),
      lenses = #vim.lsp.codelens.get(vim.lsp.codelens.enable and { bufnr = 0 } or 0) > 0,
      key = vim.fn.maparg('gl', 'n', false, true).buffer == 1,
      told = vim.fn.execute('messages'),
    }
    """
    seen = answer(tmp_path, lua, init=NEW + block("lua", '"LspAttach"'))
    assert seen == {"hints": True, "lenses": True, "key": True, "told": ""}
