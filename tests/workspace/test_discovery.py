from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eventlens.workspace.discovery import MAX_SOURCE_BYTES, discover

from .conftest import Write


def found(root: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    return [record.path for record in discover(root, exclude).files]


def test_records_carry_path_size_and_language(tree: Write) -> None:
    root = tree({"b/app.ts": "let x = 1", "a.py": "", "package.json": "{}", "readme.md": "#"})
    files = discover(root).files
    assert [(f.path, f.size, f.language) for f in files] == [
        ("a.py", 0, "python"),
        ("b/app.ts", 9, "typescript"),
        ("package.json", 2, ""),
    ]
    status = (root / "b/app.ts").stat()
    assert (files[1].mtime_ns, files[1].inode) == (status.st_mtime_ns, status.st_ino)


def test_foreign_and_output_folders_are_pruned_and_counted(tree: Write) -> None:
    root = tree(
        {
            "node_modules/x/index.js": "",
            "a/.venv/lib/m.py": "",
            "a/env/pyvenv.cfg": "",
            "a/env/lib/m.py": "",
            "a/dist/main.js": "",
            "a/main.py": "",
            "b/x.min.js": "",
            "package-lock.json": "{}",
        }
    )
    result = discover(root)
    assert [f.path for f in result.files] == ["a/main.py"]
    assert result.skipped == {
        "foreign folder": 3,
        "minified or bundled": 1,
        "other kind of file": 1,
        "output folder": 1,
    }


@pytest.mark.parametrize("own", ["package.json", "__init__.py", "pipeline.ts"])
def test_a_folder_named_build_with_sources_of_its_own_is_no_output(tree: Write, own: str) -> None:
    root = tree({f"services/build/{own}": "", "services/build/sub/x.py": ""})
    assert "services/build/sub/x.py" in found(root)


@pytest.mark.parametrize(
    "path",
    [
        "src/main/java/shop/adapter/out/OrderPublisher.java",
        "src/main/kotlin/shop/adapter/out/messaging/kafka/config/Topics.kt",
        "src/main/java/shop/vendor/obj/Vendor.java",
        "internal/adapter/out/kafka/publisher.go",
        "src/Ordering/Adapters/out/Kafka/Publisher.cs",
        "src/order/adapter/out/messaging/order.publisher.ts",
        "orders/adapters/out/kafka/publisher.py",
    ],
)
def test_a_folder_of_sources_may_be_called_like_output(tree: Write, path: str) -> None:
    assert found(tree({path: ""})) == [path]


def test_a_module_may_lie_in_a_folder_that_is_called_like_output(tree: Write) -> None:
    files = {"adapter/out/kafka/build.gradle.kts": "", "adapter/out/kafka/src/main/java/a/b/c/Publisher.java": ""}
    assert found(tree(files)) == list(files)


@pytest.mark.parametrize(
    "path",
    [
        "out/production/shop/main.js",
        "target/generated-sources/annotations/shop/orders/OrderMapperImpl.java",
        "build/generated/sources/annotationProcessor/java/main/shop/Order_.java",
        "build/lib/shop/orders.py",
        "dist/orders/orders.d.ts",
        "obj/Debug/net8.0/Shop.AssemblyInfo.cs",
        "vendor/github.com/acme/bus/bus.go",
        "coverage/lcov-report/sorter.js",
    ],
)
def test_what_tools_make_is_no_source(tree: Write, path: str) -> None:
    assert found(tree({path: "", "main.py": ""})) == ["main.py"]


def test_nested_ignore_files_and_negation(tree: Write) -> None:
    root = tree(
        {
            ".gitignore": "*.log.py\n/generated/\nsecret*.ts\nlogs/\n!keep.log.py\n# comment.ts\n",
            "a.log.py": "",
            "keep.log.py": "",
            "generated/x.ts": "",
            "sub/generated/x.ts": "",
            "sub/.gitignore": "!secret-but-shared.ts\nlocal.ts\n/only-here/*.py\n",
            "sub/secret-but-shared.ts": "",
            "sub/secret.ts": "",
            "sub/local.ts": "",
            "local.ts": "",
            "sub/only-here/a.py": "",
            "sub/deep/only-here/a.py": "",
            "sub/.ignore": "!local.ts\n",
            "logs/.gitignore": "!*\n",
            "logs/in-ignored-folder.ts": "",
            "comment.ts": "",
        }
    )
    assert found(root) == [
        "comment.ts",
        "keep.log.py",
        "local.ts",
        "sub/deep/only-here/a.py",
        "sub/generated/x.ts",
        "sub/local.ts",
        "sub/secret-but-shared.ts",
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_ignore_rules_agree_with_git(tree: Write) -> None:
    patterns = [
        "foo",
        "bar/",
        "/top.py",
        "a/b",
        "**/deep/x.py",
        "q/**",
        "!q/keep.py",
        "w/*",
        "!w/keep.py",
        "n[0-9].py",
        "*.gen.ts",
        "!x.gen.ts",
        "s\\ p.py",
        "z*/y.py",
        "v/**/",
        "**/u/*",
    ]
    names = [
        "foo/x.py",
        "c/foo/x.py",
        "bar/x.py",
        "c/bar/x.py",
        "c/bar.py",
        "top.py",
        "c/top.py",
        "a/b/x.py",
        "c/a/b/x.py",
    ]
    names += [
        "deep/x.py",
        "c/d/deep/x.py",
        "q/x.py",
        "q/keep.py",
        "w/x.py",
        "w/keep.py",
        "n1.py",
        "na.py",
        "c/a.gen.ts",
        "c/x.gen.ts",
        "s p.py",
    ]
    names += ["zz/y.py", "c/zz/y.py", "foo.py", "v/x.py", "v/w/x.py", "c/u/x.py", "u/v/x.py"]
    root = tree({**dict.fromkeys(names, ""), ".gitignore": "\n".join(patterns)})
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=env)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, env=env
    )
    expected = sorted(name for name in listed.stdout.decode().split("\0") if name.endswith((".py", ".ts")))
    assert found(root) == expected


@pytest.mark.parametrize("line", ['requires = ["setuptools-scm>=8"]', "[z-a]", "[[:alpha:", "\\", "(" * 2_000])
def test_a_line_of_an_ignore_file_that_is_no_pattern_matches_nothing(tree: Write, line: str) -> None:
    root = tree({".gitignore": f"{line}\nskip.py\n", "skip.py": "", "kept.py": ""})
    assert found(root) == ["kept.py"]


def test_rules_above_the_root_count_inside_a_repository_only(tree: Write) -> None:
    root = tree(
        {".gitignore": "skip.py\nservice/only.py\n", "service/skip.py": "", "service/only.py": "", "service/x.py": ""}
    )
    assert found(root / "service") == ["only.py", "skip.py", "x.py"]
    (root / ".git").mkdir()
    assert found(root / "service") == ["x.py"]


def test_exclude_globs_go_before_ignore_files(tree: Write) -> None:
    root = tree({"a/x.py": "", "legacy/y.py": "", "legacy/keep/z.py": "", ".gitignore": "!legacy\n"})
    assert found(root, ("legacy/*", "!legacy/keep")) == ["a/x.py", "legacy/keep/z.py"]


def test_large_files_and_links_are_left_out(tree: Write) -> None:
    root = tree({"big.py": "x" * (MAX_SOURCE_BYTES + 1), "a/x.py": ""})
    (root / "loop").symlink_to(root, target_is_directory=True)
    result = discover(root)
    assert [f.path for f in result.files] == ["a/x.py"]
    assert result.skipped == {"symbolic link": 1, "too large": 1}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_are_left_out(tree: Write) -> None:
    root = tree({"größe.py": ""})
    Path(os.fsdecode(bytes(root) + b"/bad\xff.py")).write_text("")
    result = discover(root)
    assert [f.path for f in result.files] == ["größe.py"] and result.skipped == {"name is no text": 1}


def test_a_walk_of_many_files_is_quick(tree: Write) -> None:
    root = tree(
        {f"s{n % 40}/m{n % 7}/f{n}.ts": "" for n in range(2000)} | {".gitignore": "*.tmp\ncache/\n/x/**/y\n!z\n"}
    )
    began = time.perf_counter()
    assert len(found(root)) == 2000
    assert time.perf_counter() - began < 0.5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tree: Write) -> None:
    root = tree({"a.ts": ""})
    os.mkfifo(root / "pipe.ts")
    discovery = discover(root)
    assert [record.path for record in discovery.files] == ["a.ts"]
    assert discovery.skipped["no regular file"] == 1
