from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from eventlens import analysis
from eventlens.checks.registry import RULES
from eventlens.cli import opening
from eventlens.cli.app import run
from eventlens.flow.model import Finding, FlowMap
from eventlens.workspace.snapshot import Workspace
from sample_map import DUAL_WRITE, MAP, NO_DEAD_LETTER, PUBLISH_FILE, write_workspace


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose analysis is the sample map."""
    know(monkeypatch, MAP)
    return write_workspace(tmp_path)


def know(monkeypatch: pytest.MonkeyPatch, flow_map: FlowMap) -> None:
    analyse_with(monkeypatch, lambda workspace: analysis.Analysis(flow_map))


def analyse_with(monkeypatch: pytest.MonkeyPatch, function: Callable[[Workspace], analysis.Analysis]) -> None:
    """Let every folder be analysed by ``function``; nothing is remembered."""
    monkeypatch.setattr(analysis, "analyse", lambda workspace, base: function(workspace))
    monkeypatch.setattr(opening.MapMemory, "recall", lambda memory: None)


def find(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    know(monkeypatch, msgspec.structs.replace(MAP, findings=list(findings)))


@pytest.fixture
def rules(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules with pages."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "checks").mkdir()
    (folder / "checks" / "dual-write.md").write_text("# Dual write\n\nTwo steps.\n")
    (folder / "checks" / "no-dead-letter-queue.md").write_text("# No dead-letter queue\n\nEnds nowhere.\n")
    monkeypatch.setattr("eventlens.cli.rules.rules_root", lambda: folder)


# ------------------------------------------------------------------------------------------------------------- map


def test_map_prints_the_document_alone(root: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["map", str(root), "--format", "json"]) == 0
    out, err = capfdbinary.readouterr()
    assert msgspec.json.decode(out, type=FlowMap) == MAP
    assert err == b""


@pytest.mark.parametrize(
    ("format", "first"), [("text", "Services"), ("mermaid", "flowchart LR"), ("dot", "digraph eventlens {")]
)
def test_map_formats(root: Path, capfd: pytest.CaptureFixture[str], format: str, first: str) -> None:
    assert run(["map", str(root), "--format", format]) == 0
    assert capfd.readouterr().out.splitlines()[0] == first


def test_map_joins_another_repositorys_map(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(msgspec.json.encode(msgspec.structs.replace(MAP, root="/work/billing")))
    assert run(["map", str(root), "--format", "json", "--with", str(other)]) == 0
    joined = json.loads(capfd.readouterr().out)
    assert {site["origin"] for site in joined["sites"]} == {None, "billing"}


# ----------------------------------------------------------------------------------------------------------- check


@pytest.mark.parametrize(
    ("findings", "options", "code"),
    [
        ([], [], 0),
        ([DUAL_WRITE], [], 1),
        ([NO_DEAD_LETTER], [], 0),
        ([NO_DEAD_LETTER], ["--fail-on", "warning"], 1),
        ([msgspec.structs.replace(NO_DEAD_LETTER, severity="info")], ["--fail-on", "warning"], 0),
        ([msgspec.structs.replace(NO_DEAD_LETTER, severity="info")], ["--fail-on", "info"], 1),
        ([msgspec.structs.replace(NO_DEAD_LETTER, severity="hint")], ["--fail-on", "info"], 0),
        ([msgspec.structs.replace(DUAL_WRITE, suppressed=True)], ["--fail-on", "info"], 0),
        ([DUAL_WRITE], ["--ignore", "dual-write"], 0),
        ([DUAL_WRITE, NO_DEAD_LETTER], ["--select", "no-dead-letter-queue"], 0),
        ([DUAL_WRITE, NO_DEAD_LETTER], ["--select", "no-dead-letter-queue, dual-write"], 1),
        ([DUAL_WRITE], ["--select", "dual-write", "--ignore", "dual-write"], 0),
    ],
)
def test_check_exit_codes(
    root: Path, rules: None, monkeypatch: pytest.MonkeyPatch, findings: list[Finding], options: list[str], code: int
) -> None:
    find(monkeypatch, *findings)
    assert run(["check", str(root), *options]) == code


def test_check_text_is_plain_when_it_is_not_a_terminal(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(["check", str(root)])
    out = capfd.readouterr().out
    assert out.startswith("error[dual-write]: ") and "\x1b" not in out


@pytest.mark.parametrize("format", ["json", "sarif"])
def test_check_documents_are_json_and_alone(root: Path, capfd: pytest.CaptureFixture[str], format: str) -> None:
    assert run(["check", str(root), "--format", format]) == 1
    out, err = capfd.readouterr()
    assert json.loads(out)["version"] in (1, "2.1.0")
    assert err == ""


def test_check_json_shows_the_chosen_findings(root: Path, rules: None, capfd: pytest.CaptureFixture[str]) -> None:
    run(["check", str(root), "--format", "json", "--ignore", "dual-write"])
    assert [finding["rule"] for finding in json.loads(capfd.readouterr().out)["findings"]] == [
        "no-dead-letter-queue",
        "swallowed-failure",
    ]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["dual-write"]),
        (["--minimum-severity", "hint"], ["dual-write", "no-dead-letter-queue"]),
        (["--select", "no-dead-letter-queue"], ["no-dead-letter-queue"]),
    ],
)
def test_check_keeps_hints_for_who_asks(
    root: Path, rules: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    options: list[str], shown: list[str],
) -> None:  # fmt: skip
    find(monkeypatch, DUAL_WRITE, msgspec.structs.replace(NO_DEAD_LETTER, severity="hint"))
    run(["check", str(root), "--format", "json", *options])
    assert [finding["rule"] for finding in json.loads(capfd.readouterr().out)["findings"]] == shown


@pytest.mark.parametrize(("format", "start"), [("github", "::error file="), ("junit", "<?xml ")])
def test_check_formats_for_build_servers(
    root: Path, capfd: pytest.CaptureFixture[str], format: str, start: str
) -> None:
    assert run(["check", str(root), "--format", format]) == 1
    assert capfd.readouterr().out.startswith(start)


def test_a_baseline_accepts_todays_findings_and_shows_new_ones(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    accepted = str(tmp_path / "accepted.json")
    find(monkeypatch, DUAL_WRITE)
    assert run(["check", str(root), "--write-baseline", accepted]) == 0
    assert run(["check", str(root), "--baseline", accepted]) == 0
    assert "(1 in the baseline)" in capfd.readouterr().out
    find(monkeypatch, DUAL_WRITE, msgspec.structs.replace(DUAL_WRITE, id="new"))
    assert run(["check", str(root), "--baseline", accepted]) == 1


# --------------------------------------------------------------------------------------------------- usage mistakes


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "/no/such/folder"], "/no/such/folder: no such folder; give the root of the workspace."),
        (["map", __file__], "not a folder"),
        (["check", "--bad"], "No such option: --bad"),
        (["check", "--format", "yaml"], "'yaml' is not one of"),
        (["check", "--fail-on", "hint"], "Invalid value for '--fail-on': 'hint' is not one of"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["check", "--select", "dual-writ"], "no rule `dual-writ`; did you mean `dual-write`?"),
        (
            ["check", "--baseline", "/no/such/file"],
            "/no/such/file: cannot be read (No such file or directory); write it with --write-baseline.",
        ),
        (["check", "--baseline", __file__], "not a baseline"),
        (["map", "--with", "/no/such/file"], "/no/such/file: cannot be read (No such file or directory)"),
        (["map", "--with", __file__], "not a flow map"),
        (["explain", "dual"], "did you mean `dual-write`?"),
        (["explain", "no/file.ts:3"], "no/file.ts: no such file"),
        (["serve", "--tcp", "here"], "--tcp here: not an address; write HOST:PORT"),
        (["serve", "--tcp", "localhost:99999"], "not an address"),
        (["serve", "--stdio", "--tcp", "127.0.0.1:1"], "exclude each other"),
        (["models", "/no/such/folder"], "no such folder"),
    ],
)
def test_a_mistake_is_one_clear_line_and_code_2(
    rules: None, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("eventlens: ") and told in err and err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_an_unreadable_folder_is_a_mistake(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert run(["check", str(tmp_path / "closed")]) == 2
    assert "cannot be read (Permission denied)" in capfd.readouterr().err


def test_an_unwritable_baseline_is_a_mistake(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(root), "--write-baseline", str(root / "no" / "b.json")]) == 2
    assert "cannot be written" in capfd.readouterr().err


def test_an_internal_error_has_code_3_and_its_context(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Workspace) -> analysis.Analysis:
        raise ValueError("broken link table")

    analyse_with(monkeypatch, fail)
    assert run(["check", str(root)]) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" in err and err.splitlines()[-1].startswith(
        "eventlens: internal error: ValueError: broken link table"
    )


def test_a_rule_that_failed_fails_the_run_although_the_rest_is_shown(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def skip_a_rule(_: Workspace) -> analysis.Analysis:
        try:
            raise KeyError("effect")
        except KeyError:
            logging.getLogger("eventlens.checks.registry").exception("rule dual-write failed")
        return analysis.Analysis(msgspec.structs.replace(MAP, findings=[]))

    analyse_with(monkeypatch, skip_a_rule)
    kept: list[bytes] = []
    monkeypatch.setattr(opening.MapMemory, "keep", lambda memory, map_json: kept.append(map_json))
    assert run(["check", str(root)]) == 3
    out, err = capfd.readouterr()
    assert "No findings." in out
    assert (
        "KeyError: 'effect'" in err
        and "internal error: rule dual-write failed: what stands above is not complete" in err
    )


# --------------------------------------------------------------------------------------------------------- the rest


def test_explain_prints_a_rules_page(rules: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "dual-write"]) == 0
    assert capfd.readouterr().out == "# Dual write\n\nTwo steps.\n"


def test_every_rule_can_be_explained(capfd: pytest.CaptureFixture[str]) -> None:
    for rule in RULES:
        assert run(["explain", rule.id]) == 0
        assert capfd.readouterr().out.startswith("# ")


def test_explain_gives_the_evidence_of_a_place(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", f"{root / PUBLISH_FILE}:4", "--root", str(root)]) == 0
    assert "the producer comes from kafkajs" in capfd.readouterr().out


def test_explain_finds_the_root_from_the_current_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    assert run(["explain", f"{PUBLISH_FILE}:4:8"]) == 0
    assert "publish site: kafkajs" in capfd.readouterr().out


def test_explain_says_where_the_sites_are(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", f"{PUBLISH_FILE}:1", "--root", str(root)]) == 0
    assert (
        "nothing is published, consumed or reported at services/orders/place-order.ts:1. Sites of this file stand on line 4."
        in capfd.readouterr().err
    )


def test_models_lists_and_checks_the_workspaces_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / ".eventlens" / "libraries"
    own.mkdir(parents=True)
    (own / "bus.yaml").write_text("library: bus\nbrokr: kafka\nlanguages: [typescript]\npackages: [bus]\n")
    assert run(["models", str(tmp_path), "--json"]) == 2
    out, err = capfd.readouterr()
    assert "kafkajs" in [row["library"] for row in json.loads(out)]
    assert any("bus.yaml:2: brokr: unknown field; did you mean `broker`?" in line for line in err.splitlines())


def test_doctor_names_versions_grammars_and_the_cache(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path))
    (tmp_path / "x.sqlite").write_bytes(bytes(2_000_000))
    run(["doctor"])
    out = capfd.readouterr().out
    assert "grammar typescript" in out and f"{tmp_path} (1 files, 2.0 MB)" in out


def test_each_command_has_help_with_an_example(capfd: pytest.CaptureFixture[str]) -> None:
    for command in ("map", "check", "explain", "serve", "models", "doctor"):
        assert run([command, "--help"]) == 0
        assert "Example" in capfd.readouterr().out


# ------------------------------------------------------------------------------------------------------- processes


def in_process(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, timeout=60, check=False
    )


def test_the_version_needs_no_library() -> None:
    probe = "import sys; sys.argv = ['eventlens', '--version']; from eventlens.__main__ import main; main(); print(sorted({'typer', 'rich', 'msgspec', 'pygls', 'yaml'} & sys.modules.keys()))"
    done = in_process("-c", probe)
    assert done.stdout.splitlines()[0].startswith("eventlens ") and done.stdout.splitlines()[1] == "[]"


@pytest.mark.parametrize("command", ["map", "check"])
def test_the_command_line_loads_no_language_server(tmp_path: Path, command: str) -> None:
    probe = f"import sys; from eventlens.cli.app import run; run(['{command}', '.', '--format', 'json']); print(sorted({{'pygls', 'lsprotocol'}} & sys.modules.keys()), file=sys.stderr)"
    assert in_process("-c", probe, cwd=tmp_path).stderr.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m eventlens map . --format json | true"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""


def test_no_arguments_print_the_help() -> None:
    done = in_process("-m", "eventlens")
    assert done.returncode == 2 and "Usage: eventlens" in done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repository")
def test_check_compares_with_a_commit(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    schema = tmp_path / "events" / "order.avsc"
    schema.parent.mkdir()
    fields = [{"name": "id", "type": "string"}, {"name": "total", "type": "double"}]
    for kept in (fields, fields[:1]):
        schema.write_text(json.dumps({"type": "record", "name": "OrderPlaced", "fields": kept}), encoding="utf-8")
        if kept is fields:
            person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
            for arguments in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "first", "--no-gpg-sign"]):
                subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    wanted = "total is gone; consumers that have the version of HEAD cannot read what is sent now"
    assert run(["check", str(tmp_path), "--base", "HEAD", "--fail-on", "warning"]) == 1
    assert wanted in capfd.readouterr().out
    assert run(["check", str(tmp_path), "--base", "HEAD~1"]) == 2
    assert "--base HEAD~1: no such commit" in capfd.readouterr().err
