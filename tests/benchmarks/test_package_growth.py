"""The work of an analysis grows as the number of files does where names are found by package.

Every file of a Go package sees every other, types are made of the methods of many files, and interfaces are implemented without saying so:
each is a way to look at all files for each file. Calls are counted instead of seconds, so that a busy machine changes nothing.
"""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path

import pytest
from growth import exponent

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import FlowMap

IMPLEMENTERS = (9, 18, 36)
"""Types that implement one interface, each in a package of its own, and functions that call a method of it: all are looked through."""
UNCALLED = (80, 160, 320)
"""Files of one package of which three are called."""

_MODULE = "module example.com/shop\n\ngo 1.22\n"
_EVENTS = """package events

import (
	"context"

	"github.com/segmentio/kafka-go"
)

type Sender interface {
	Send(ctx context.Context, value []byte) error
}

type Publisher struct {
	writer *kafka.Writer
}

func New() *Publisher {
	return &Publisher{writer: &kafka.Writer{Topic: "orders"}}
}

func (p *Publisher) Send(ctx context.Context, value []byte) error {
	return p.writer.WriteMessages(ctx, kafka.Message{Value: value})
}
"""
_KEPT = """package kept

type Keeper interface {
	Save(name string) error
	Find(name string) (string, error)
}
"""


def _entity(number: int, package: str = "store") -> str:
    return f"""package {package}

import "strings"

type Entity{number} struct {{
	driver string
	next   *Entity{number}
}}

func NewEntity{number}(driver string) *Entity{number} {{
	return &Entity{number}{{driver: driver}}
}}

func (e *Entity{number}) Save(name string) error {{
	trimmed := strings.TrimSpace(name)
	following := NewEntity{number}(e.driver)
	return following.Keep{number}(trimmed)
}}

func (e *Entity{number}) Find(name string) (string, error) {{
	return e.driver + name, nil
}}

func (e *Entity{number}) Keep{number}(name string) error {{
	return nil
}}
"""


def _service(number: int, package: str = "store") -> str:
    return f"""package service

import (
	"context"

	"example.com/shop/events"
	"example.com/shop/kept"
	"example.com/shop/{package}"
)

func Run{number}(ctx context.Context, driver string) error {{
	publisher := events.New()
	entity := {package}.NewEntity{number}(driver)
	if err := keep{number}(entity, "order"); err != nil {{
		return err
	}}
	return tell{number}(ctx, publisher)
}}

func keep{number}(keeper kept.Keeper, name string) error {{
	found, _ := keeper.Find(name)
	return keeper.Save(found)
}}

func tell{number}(ctx context.Context, sender events.Sender) error {{
	return sender.Send(ctx, []byte("order"))
}}
"""


def _analysed(root: Path, texts: dict[str, str]) -> tuple[int, FlowMap]:
    """The calls that an analysis makes when the files are read already, and what it says."""
    for path, text in {"go.mod": _MODULE, "events/events.go": _EVENTS, "kept/kept.go": _KEPT, **texts}.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    workspace = open_workspace(root).workspace
    analyse(workspace)
    profile = cProfile.Profile()
    analysis = profile.runcall(analyse, workspace)
    workspace.close()
    return int(pstats.Stats(profile).total_calls), analysis.flow_map  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def implemented(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, FlowMap]]:
    return [
        _analysed(
            tmp_path_factory.mktemp(f"implementers-{count}"),
            {f"store{n}/entity.go": _entity(n, f"store{n}") for n in range(count)}
            | {f"service/run_{n}.go": _service(n, f"store{n}") for n in range(count)},
        )
        for count in IMPLEMENTERS
    ]


@pytest.fixture(scope="module")
def uncalled(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, FlowMap]]:
    return [
        _analysed(
            tmp_path_factory.mktemp(f"uncalled-{count}"),
            {f"store/entity_{n}.go": _entity(n) for n in range(count)}
            | {f"service/run_{n}.go": _service(n) for n in range(3)},
        )
        for count in UNCALLED
    ]


def test_implementers_are_not_looked_for_at_each_call_of_an_interface(implemented: list[tuple[int, FlowMap]]) -> None:
    calls = [count for count, _ in implemented]
    assert exponent(IMPLEMENTERS[1:], calls[1:]) < 1.1, dict(zip(IMPLEMENTERS, calls))


def test_what_is_sent_through_an_interface_is_found_in_all_sizes(implemented: list[tuple[int, FlowMap]]) -> None:
    for count, (_, found) in zip(IMPLEMENTERS, implemented):
        assert {site.channel for site in found.sites} == {"orders"}
        assert len({site.file for site in found.sites if site.file.startswith("service/")}) in (0, count)


def test_what_cannot_get_hold_of_the_library_is_read_only_where_it_is_called(
    uncalled: list[tuple[int, FlowMap]],
) -> None:
    lowered = [found.coverage.lowered for _, found in uncalled]
    assert len(set(lowered)) == 1 and lowered[0] < 12, dict(zip(UNCALLED, lowered))
