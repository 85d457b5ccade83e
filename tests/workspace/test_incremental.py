"""The same answers after any edits as from scratch."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventlens import ir
from eventlens.workspace.snapshot import Workspace

PATHS = ("a.ts", "lib/index.ts", "lib/b.ts", "app/__init__.py", "app/c.py", "d.py", "tsconfig.json", "lib/package.json")
PACKAGED_PATHS = (
    "jvm/A.java", "jvm/src/test/B.java", "jvm/C.kt", "jvm/d.kts",
    "go.mod", "svc/go.mod", "main.go", "svc/e.go", "svc/f.go", "svc/g_test.go",
    "net/Net.csproj", "net/sub/Sub.csproj", "net/H.cs", "net/sub/I.cs", "J.cs",
)  # fmt: skip
TEXTS = {
    "ts": (
        "import './lib';",
        "import '@/b'; export * from './b';",
        "require('lib'); require('./a')",
        "const kafka = 1;",
    ),
    "py": ("from app import c", "from . import c\nimport d", "import app.c", "KAFKA = 'kafka'"),
    "java": (
        "package a.b; class X {} class Z {}",
        "package a.b; class X {} interface Y {}",
        "package a.b.X; import a.b.*; class Y {}",
        "package c; import a.b.X; import a.b.X.*; import static a.b.X.Y; record Y(String kafka) {}",
        "import X; import a.*; class a {} class X {}",
        "package c; import a.b.Z; import c.d.top;",
    ),
    "kt": (
        "package a.b\nobject X\nfun X.twice() {}\n",
        "package c.d\nimport a.b.X as Z\nimport a.b.twice\nconst val top = 1\nfun <T> List<T>.twice() {}\n",
        "package a\nimport b.*\nclass b { class X }\n",
        "fun top() {}\n",
    ),
    "kts": ("import a.b.X\nval top = 1\n", "package c.d\nfun top() {}\n"),
    "mod": ("module acme.org/shop\n", "module acme.org/shop/svc\n", "module other\n", ""),
    "go": (
        'package main\nimport "acme.org/shop/svc"\nimport "acme.org/shop"\nfunc main() { svc.New() }\n',
        "package svc\ntype T struct{}\nfunc (t *T) Send() {}\n",
        'package svc\nimport (\n\t"other"\n\tx "acme.org/shop"\n)\ntype Port interface {\n\tSend()\n}\nfunc New() Port { return &T{} }\n',
        "package svc_test\nfunc New() {}\n",
    ),
    "csproj": (
        "<Project/>",
        '<Project><ProjectReference Include="sub\\Sub.csproj" /></Project>',
        '<Project><ProjectReference Include="..\\Net.csproj" /></Project>',
    ),
    "cs": (
        "namespace A.B;\npublic partial class X { void One() {} }\n",
        "namespace A.B;\npublic partial class X { void Two() {} }\npublic class Y {}\n",
        "global using A.B;\nglobal using C;\n",
        "global using C;\nglobal using MassTransit;\nnamespace C { class Y {} }\n",
        "using A.B;\nusing static A.B.X;\nusing Z = a.b.X;\nnamespace C.D;\nstatic class E { public static void Twice(this X x) {} }\n",
        "using A;\nnamespace a.b { class X {} }\nnamespace C { class Y {} }\n",
    ),
    "json": ('{"name": "lib", "main": "b.js"}', '{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}}', "{"),
}

Edits: TypeAlias = "list[tuple[str, str | None]]"


def edits_of(paths: Sequence[str], most: int) -> st.SearchStrategy[Edits]:
    """Files written, written anew and taken away."""
    return st.lists(
        st.sampled_from(paths).flatmap(
            lambda path: st.tuples(
                st.just(path), st.one_of(st.none(), st.sampled_from(TEXTS[path.rpartition(".")[2]]))
            ),
        ),
        max_size=most,
    )


pairs = st.one_of(
    st.tuples(edits_of(PATHS, 12), edits_of(PATHS, 12)),
    st.tuples(edits_of(PACKAGED_PATHS, 16), edits_of(PACKAGED_PATHS, 16)),
)


def answers(workspace: Workspace) -> dict[str, object]:
    """Everything that can be asked of every file."""
    found: dict[str, object] = {}
    for path in workspace.sources():
        survey = workspace.survey(path)
        module = workspace.module(path)
        assert module is not None
        resolved = {name: workspace.resolve(path, name) for name in survey.imports}
        found[path] = (survey, ir.encode(module), resolved, workspace.importers_of(path))
        if workspace.finds_by_package(path):
            names = [name for one in workspace.sources() for name in workspace.survey(one).declares]
            found["of the package of " + path] = (
                workspace.package_of(path),
                workspace.shared_imports(path),
                workspace.projects_using(path),
                {name: (workspace.parts(path, name), workspace.declaring(path, name)) for name in names},
                {
                    said: workspace.resolve(path, said)
                    for name in names
                    for package in (*_PACKAGES, workspace.package_of(path))
                    for said in (package, f"{package}:{name}")
                },
            )
    return found


_PACKAGES = (".", "a.b", "a.b.X", "A.B", "C", "acme.org/shop", "acme.org/shop/svc", "other")


def write(folder: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@settings(max_examples=120, deadline=None)
@given(pair=pairs)
@example(
    pair=(
        [],
        [
            ("jvm/src/test/B.java", "package a.b; class X {} interface Y {}"),
            ("net/H.cs", "namespace A.B;\npublic class Y {}\n"),
            ("jvm/src/test/B.java", "package a.b; class X {} class Z {}"),
        ],
    )
)
@example(
    pair=(
        [],
        [
            ("svc/go.mod", "module acme.org/shop\n"),
            ("main.go", 'package main\nimport "acme.org/shop"\nfunc main() {}\n'),
            ("go.mod", "module acme.org/shop\n"),
        ],
    )
)
def test_overlays_answer_as_the_same_files_on_disk_would(pair: tuple[Edits, Edits]) -> None:
    before, after = pair
    on_disk = {path: text for path, text in before if text is not None}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        workspace = Workspace.open(write(Path(one), on_disk), [b"kafka"], cached=False)
        answers(workspace)
        overlays: dict[str, str] = {}
        for path, text in after:
            workspace = workspace.with_overlay(path, None if text is None else text.encode())
            overlays = {known: kept for known, kept in overlays.items() if known != path} | (
                {} if text is None else {path: text}
            )
            for asked in ("lib/b.ts", "jvm/A.java", "svc/e.go", "net/H.cs"):
                workspace.importers_of(asked)
        fresh = Workspace.open(write(Path(other), on_disk | overlays), [b"kafka"], cached=False)
        assert answers(workspace) == answers(fresh)


@settings(max_examples=120, deadline=None)
@given(pair=pairs)
@example(
    pair=(
        [
            ("net/H.cs", "namespace A.B;\npublic partial class X { void One() {} }\n"),
            ("net/sub/I.cs", "global using C;\nglobal using MassTransit;\nnamespace C { class Y {} }\n"),
        ],
        [("net/H.cs", "global using A.B;\nglobal using C;\n")],
    )
)
def test_refresh_answers_as_a_new_start_would(pair: tuple[Edits, Edits]) -> None:
    before, after = pair
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), {path: text for path, text in before if text is not None})
        workspace = Workspace.open(folder, [b"kafka"], cached=False)
        answers(workspace)
        for path, text in after:
            if text is None:
                (folder / path).unlink(missing_ok=True)
            else:
                write(folder, {path: text + " "})
        assert answers(workspace.refresh()) == answers(Workspace.open(folder, [b"kafka"], cached=False))
