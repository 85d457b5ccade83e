"""The format of a library model (``rules/libraries/**/*.yaml``, ``rules/effects/*.yaml``, ``.eventlens/libraries/*.yaml``).

Names in YAML are hyphenated (``dead-letter``). Every access path is text in the grammar of `paths`. A *callable pattern* is

* ``export`` or ``sub.module.export`` — an export of one of the model's ``packages``, or of a module below it; also a global where
  the model has ``globals``. A construction is a call of its class. ``Class.method`` without a declared ``Class`` is a mistake:
  declare the class with ``instance-of`` for its static methods;
* ``default`` — a package's default export, also the module itself where that is called or constructed (``require('bull')``);
* ``Type.method`` — a method of a value type declared under ``values``; ``Type.*.create`` has a wildcard name in it, ``Type.*`` is any
  method, ``Type()`` a call of the value itself.

How the engine reads a model: the type of a receiver is followed across files (construction → variable → field → constructor injection
→ parameter type → return type); awaiting and ``with … as`` are transparent; a class that extends a library's class counts as it; a value
that came from a method of another value keeps that value's ``bind`` names; a literal
name wins over a wildcard. A class where an entity is wanted stands for its name. A library value where a channel is wanted (``new
SqsEventSource(queue)``) stands for the channel that was declared where the value was made.
"""

from eventlens.knowledge.schema.channels import BrokerChoice, Channel, ChannelSpec, Entry, Handler, PatternCase
from eventlens.knowledge.schema.configuration import Lookup, Registration, Setting
from eventlens.knowledge.schema.entries import (
    Acknowledge,
    Application,
    Bind,
    Declare,
    DeliveryCase,
    Dispatch,
    Effect,
    EffectCase,
    EffectKind,
    Match,
    PartOfService,
    Publish,
    Subscribe,
    Surrounding,
    Transaction,
)
from eventlens.knowledge.schema.model import Model
from eventlens.knowledge.schema.outcomes import Acknowledgement, AcknowledgementCase, DeadLetter, Failure, FailureCase
from eventlens.knowledge.schema.values import Option, Source
from eventlens.knowledge.schema.vocabulary import (
    ACCESS_PATH,
    Base,
    Broker,
    Completion,
    Condition,
    Conditions,
    Delivery,
    Kind,
    Names,
    Path,
    Paths,
    TextForm,
    Then,
    Transform,
)

__all__ = [
    "ACCESS_PATH",
    "Acknowledge",
    "Acknowledgement",
    "AcknowledgementCase",
    "Application",
    "Base",
    "Bind",
    "Broker",
    "BrokerChoice",
    "Channel",
    "ChannelSpec",
    "Completion",
    "Condition",
    "Conditions",
    "DeadLetter",
    "Declare",
    "Delivery",
    "DeliveryCase",
    "Dispatch",
    "Effect",
    "EffectCase",
    "EffectKind",
    "Entry",
    "Failure",
    "FailureCase",
    "Handler",
    "Kind",
    "Lookup",
    "Match",
    "Model",
    "Names",
    "Option",
    "PartOfService",
    "Path",
    "Paths",
    "PatternCase",
    "Publish",
    "Registration",
    "Setting",
    "Source",
    "Subscribe",
    "Surrounding",
    "TextForm",
    "Then",
    "Transaction",
    "Transform",
]
