"""One library."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eventlens.knowledge.schema.configuration import Lookup, Registration, Setting
from eventlens.knowledge.schema.entries import (
    Acknowledge,
    Application,
    Bind,
    Declare,
    Effect,
    Publish,
    Subscribe,
    Surrounding,
    Transaction,
)
from eventlens.knowledge.schema.values import Source
from eventlens.knowledge.schema.vocabulary import Base, Broker, Kind, Names, TextForm


class Model(Base):
    """One library."""

    library: str
    broker: Broker | None = None
    kind: Kind | None = None
    languages: list[Literal["typescript", "javascript", "python", "java", "kotlin", "go", "csharp"]]
    packages: list[str]
    """Import specifiers or manifest names that switch the model on (a prefix counts: ``a`` matches ``a.b`` and ``a/b``)."""
    docs: str | None = None
    globals: Names = Field(default_factory=list)
    """Names of the model that need no import (``fetch``, ``console``, ``open``)."""
    extensions: Names = Field(default_factory=list)
    """Exports that are called as methods of any value where one of the packages is imported (``services.AddMassTransit(…)``):
    patterns name them as exports, positions do not count the receiver, and ``receiver`` is the value on which they are called."""
    located: dict[str, Literal["one", "all"]] = {}
    """Methods of whatever hands out what was registered, of their type argument: one value, or all (``GetServices<IHandler>()``)."""
    braced_keys: bool = False
    """In the texts that its calls are given, ``{{orders.topic:orders}}`` is what the service's configuration holds under that key."""
    transparent: Names = Field(default_factory=list)
    """Exports whose call is its first argument, for whoever reads a value (``aws.String(url)``)."""
    text_forms: dict[str, TextForm] = {}
    """Exports whose call is its first argument as text in another form (``strcase.ToSnake(name)``)."""
    types_of: Names = Field(default_factory=list)
    """Exports whose call is the type of its first argument (``reflect.TypeOf(message)``): names of channels are made of it."""
    store: Literal["relational", "document", "key-value", "object", "cache", "search", "none"] | None = None
    values: dict[str, list[Source]] = {}
    provides: dict[str, dict[str, list[Source]]] = {}
    """Library → its value type → further ways in which such a value comes to be, here: a wrapper library hands out another's channels.
    What is done with the value is then a form of that other library, which need not be imported."""
    likely: dict[str, list[str]] = {}
    """Value type → receiver names that suggest it (``producer``) where nothing better is known; sites are then ``likely``."""
    publishes: list[Publish] = Field(default_factory=list)
    subscribes: list[Subscribe] = Field(default_factory=list)
    declares: list[Declare] = Field(default_factory=list)
    bindings: list[Bind] = Field(default_factory=list)
    acknowledgements: list[Acknowledge] = Field(default_factory=list)
    transactions: list[Transaction] = Field(default_factory=list)
    effects: list[Effect] = Field(default_factory=list)
    settings: list[Setting] = Field(default_factory=list)
    registrations: list[Registration] = Field(default_factory=list)
    lookups: list[Lookup] = Field(default_factory=list)
    constants: dict[str, str | int | float | bool] = {}
    """Exports that are constants, and what they are: ``{ConsumerConfig.GROUP_ID_CONFIG: group.id}``."""
    applications: list[Application] = Field(default_factory=list)
    surroundings: list[Surrounding] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """Facts for a reader of ``docs/libraries.md`` that the other fields cannot say."""
    forms: dict[str, str] = Field(default={})
    """Rows of ``docs/libraries.md`` that do not apply to this library, each with the reason (``transaction: has none``)."""
