"""What is written in Go for a publish whose error is dropped: with which logger, with which imports, and where nothing is offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.fixes.changes import apply_edits
from eventlens.fixes.golang.imports import import_edits
from eventlens.fixes.source import SourceFile

from .proving import Analysed, apply

GO_MOD = """module example.com/ovens

go 1.24

require (
	github.com/nats-io/nats.go v1.45.0
	{module} v1.0.0
)
"""
FILE = """package ovens

import (
	"github.com/nats-io/nats.go"
	{imported}
)

type Oven struct {{
	connection *nats.Conn
	{field}
}}

func (o *Oven) Open({parameter}) bool {{
	o.connection.Publish("ovens", nil)
	return true
}}
"""


def fixed(root: Path, files: dict[str, str], fix: str) -> str | None:
    """The file ``ovens.go`` after a fix of its one finding; None where it is not offered."""
    for name, text in files.items():
        (root / name).write_text(text)
    found = Analysed(root)
    (finding,) = found.of_rule("unawaited-publish")
    made = [one.offer for one in found.proposals(finding) if one.fix == fix]
    if not made:
        return None
    apply(root, made[0].changes())
    return (root / "ovens.go").read_text()


@pytest.mark.parametrize(
    ("imported", "field", "parameter", "line"),
    [
        ('"log/slog"', "log *slog.Logger", "", 'o.log.Error("publish to ovens failed", "error", err)'),
        ('"go.uber.org/zap"', "log *zap.Logger", "", 'o.log.Error("publish to ovens failed", zap.Error(err))'),
        ('uber "go.uber.org/zap"', "log *uber.Logger", "", 'o.log.Error("publish to ovens failed", uber.Error(err))'),
        ('"go.uber.org/zap"', "log *zap.SugaredLogger", "", 'o.log.Errorw("publish to ovens failed", "error", err)'),
        (
            '"github.com/sirupsen/logrus"',
            "",
            "log logrus.FieldLogger",
            'log.WithError(err).Error("publish to ovens failed")',
        ),
        ('log "github.com/sirupsen/logrus"', "", "", 'log.WithError(err).Error("publish to ovens failed")'),
        ('"github.com/rs/zerolog"', "log zerolog.Logger", "", 'o.log.Error().Err(err).Msg("publish to ovens failed")'),
        ('"github.com/rs/zerolog/log"', "", "", 'log.Error().Err(err).Msg("publish to ovens failed")'),
        (
            '"github.com/ThreeDotsLabs/watermill"',
            "log watermill.LoggerAdapter",
            "",
            'o.log.Error("publish to ovens failed", err, nil)',
        ),
        ('"log"', "log *log.Logger", "", 'o.log.Printf("publish to ovens failed: %v", err)'),
        ('"log"', "", "", 'log.Printf("publish to ovens failed: %v", err)'),
        ('"errors"', "", "", 'log.Printf("publish to ovens failed: %v", err)'),
        ('"errors"', "log func(string)", "", 'log.Printf("publish to ovens failed: %v", err)'),
        ('"errors"', "", "log string", 'slog.Error("publish to ovens failed", "error", err)'),
    ],
)
def test_it_speaks_to_the_logger_in_reach(tmp_path: Path, imported: str, field: str, parameter: str, line: str) -> None:
    module = imported.rpartition(" ")[2].strip('"')
    files = {
        "go.mod": GO_MOD.replace("{module}", module if "." in module else "example.com/other"),
        "ovens.go": FILE.format(imported=imported, field=field, parameter=parameter),
    }
    text = fixed(tmp_path, files, "log-failed-publish")
    assert text is not None
    assert line in text


PLAIN = """package ovens

import (
	"net/http"

	"github.com/nats-io/nats.go"
)

var _ http.Handler

type Oven struct{ connection *nats.Conn }

func (o *Oven) Open(name string) {
	o.connection.Publish("ovens", []byte(name))
}
"""


@pytest.mark.parametrize(
    "other",
    [
        "package ovens\n\ntype Opener interface {\n\tOpen(name string)\n}\n",
        "package ovens\n\nfunc Each(names []string, open func(string)) {}\n\nfunc All(o *Oven) { Each(nil, o.Open) }\n",
        'package ovens\n\nfunc Later(o *Oven) { go o.Open("left") }\n',
        'package ovens\n\nfunc Number(o *Oven) int {\n\to.Open("left")\n\treturn 1\n}\n',
    ],
    ids=["an interface asks for it", "it is handed over", "nobody waits for it", "its caller gives no error"],
)
def test_a_function_whose_type_is_wanted_stays_as_it_is(tmp_path: Path, other: str) -> None:
    files = {"go.mod": GO_MOD.replace("{module}", "example.com/other"), "ovens.go": PLAIN, "other.go": other}
    assert fixed(tmp_path, files, "await-publish") is None


def test_tests_may_go_on_calling_it(tmp_path: Path) -> None:
    test = 'package ovens\n\nimport "testing"\n\nfunc TestOpen(t *testing.T) {\n\t(&Oven{}).Open("left")\n}\n'
    files = {"go.mod": GO_MOD.replace("{module}", "example.com/other"), "ovens.go": PLAIN, "ovens_test.go": test}
    text = fixed(tmp_path, files, "await-publish")
    assert text is not None
    assert "func (o *Oven) Open(name string) error {" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("package a\n", 'package a\n\nimport "fmt"\n'),
        ('package a\n\nimport "os"\n', 'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n'),
        ('package a\n\nimport "x.org/y"\n', 'package a\n\nimport (\n\t"fmt"\n\n\t"x.org/y"\n)\n'),
        ('package a\n\nimport (\n\t"errors"\n)\n', 'package a\n\nimport (\n\t"errors"\n\t"fmt"\n)\n'),
        (
            'package a\n\nimport (\n\t"os" // files\n\n\t"x.org/y"\n)\n',
            'package a\n\nimport (\n\t"fmt"\n\t"os" // files\n\n\t"x.org/y"\n)\n',
        ),
        ('package a\n\nimport (\n\t"x.org/y"\n)\n', 'package a\n\nimport (\n\t"fmt"\n\n\t"x.org/y"\n)\n'),
        ('package a\n\nimport words "fmt"\n', 'package a\n\nimport words "fmt"\n'),
    ],
)
def test_an_import_is_added_to_those_that_are_there(before: str, after: str) -> None:
    file = SourceFile("a.go", before.encode())
    assert apply_edits(file.source, import_edits(file, "fmt")).decode() == after


@pytest.mark.parametrize(
    ("other", "line"),
    [
        (
            'var log = made()\n\nfunc made() string { return "" }\n',
            'slog.Error("publish to ovens failed", "error", err)',
        ),
        ("func log(text string) {}\n", 'slog.Error("publish to ovens failed", "error", err)'),
        ('import "log/slog"\n\nvar log = slog.Default()\n', 'log.Error("publish to ovens failed", "error", err)'),
    ],
    ids=["a value that is no logger", "a function", "a logger"],
)
def test_a_name_of_the_package_is_not_imported_anew(tmp_path: Path, other: str, line: str) -> None:
    files = {
        "go.mod": GO_MOD.replace("{module}", "example.com/other"),
        "ovens.go": FILE.format(imported='"errors"', field="", parameter=""),
        "other.go": f"package ovens\n\n{other}",
    }
    text = fixed(tmp_path, files, "log-failed-publish")
    assert text is not None
    assert line in text
