"""What is written in C# for a task that is dropped, and where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from .proving import Analysed, apply

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="MassTransit" Version="8.3.0" /></ItemGroup>
</Project>
"""
HEAD = """using MassTransit;

namespace Ovens;

public record Opened(string Name);

"""


def fixed(root: Path, code: str, fix: str, project: str = PROJECT) -> str | None:
    """The file after a fix of its one finding; None where it is not offered."""
    (root / "Ovens.csproj").write_text(project)
    (root / "Ovens.cs").write_text(HEAD + code)
    found = Analysed(root)
    (finding,) = found.of_rule("unawaited-publish")
    made = [one.offer for one in found.proposals(finding) if one.fix == fix]
    if not made:
        return None
    apply(root, made[0].changes())
    return (root / "Ovens.cs").read_text()


OVEN = "public class Oven(IBus bus){bases}\n{{\n{body}\n}}\n"


@pytest.mark.parametrize(
    ("bases", "body"),
    [
        (" : IOven", "    public void Open(string name)\n    {\n        bus.Publish(new Opened(name));\n    }"),
        ("", "    public virtual void Open(string name)\n    {\n        bus.Publish(new Opened(name));\n    }"),
        ("", "    public void Open(ref string name)\n    {\n        bus.Publish(new Opened(name));\n    }"),
        (
            "",
            "    public event Action<string>? Doors;\n\n    public void Watch() => Doors += Open;\n\n"
            "    private void Open(string name)\n    {\n        bus.Publish(new Opened(name));\n    }",
        ),
        (
            "",
            "    public int Open(string name)\n    {\n        bus.Publish(new Opened(name));\n        return 1;\n    }",
        ),
    ],
    ids=[
        "an interface asks for it",
        "it may be overridden",
        "it takes a reference",
        "an event calls it",
        "it gives something",
    ],
)
def test_a_method_whose_type_is_wanted_stays_as_it_is(tmp_path: Path, bases: str, body: str) -> None:
    assert fixed(tmp_path, OVEN.format(bases=bases, body=body), "await-publish") is None


def test_what_fails_is_logged_where_nobody_waits(tmp_path: Path) -> None:
    body = "    public int Open(string name)\n    {\n        bus.Publish(new Opened(name));\n        return 1;\n    }"
    text = fixed(tmp_path, OVEN.format(bases="", body=body), "log-failed-publish")
    assert text is not None
    assert 'sent => Console.Error.WriteLine("a message was not sent: " + sent.Exception),' in text


def test_the_discard_goes_with_the_await(tmp_path: Path) -> None:
    body = "    public async Task Open(string name)\n    {\n        _ = bus.Publish(new Opened(name));\n        await Task.Delay(1);\n    }"
    text = fixed(tmp_path, OVEN.format(bases="", body=body), "await-publish")
    assert text is not None
    assert "        await bus.Publish(new Opened(name));\n" in text


def test_what_is_written_to_is_known_in_the_file(tmp_path: Path) -> None:
    body = "    public int Open(string name)\n    {\n        bus.Publish(new Opened(name));\n        return 1;\n    }"
    project = PROJECT.replace("<ImplicitUsings>enable</ImplicitUsings>", "")
    text = fixed(tmp_path, OVEN.format(bases="", body=body), "log-failed-publish", project)
    assert text is not None
    assert text.startswith("using System;\nusing System.Threading.Tasks;\n")


def test_a_static_method_uses_no_logger_of_an_instance(tmp_path: Path) -> None:
    body = (
        "    private readonly ILogger<Oven> _logger;\n\n"
        "    public static int Open(IBus own, string name)\n    {\n        own.Publish(new Opened(name));\n        return 1;\n    }"
    )
    text = fixed(tmp_path, OVEN.format(bases="", body=body), "log-failed-publish")
    assert text is not None
    assert "sent => Console.Error.WriteLine(" in text
