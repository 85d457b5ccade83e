"""Where the outbox for Python is offered, where it is not, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from eventlens.fixes.changes import FileEdit, NotFixable, apply_edits
from eventlens.fixes.registry import Proposal

from .proving import Analysed

MODELS = """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
"""
SERVICE = """\
import json
import logging

import requests
from confluent_kafka import KafkaException, Producer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.models import Order

logger = logging.getLogger(__name__)


class Orders:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    def place(self, session: Session, customer: str, payload, urgent: bool) -> int:
"""
DJANGO_MODELS = """\
from django.db import models


class Order(models.Model):
    customer = models.CharField(max_length=64)
"""
DJANGO_SERVICE = """\
import json

import pika
from django.db import transaction
from pika.adapters.blocking_connection import BlockingChannel

from shop.models import Order


"""


def project(root: Path, **files: str) -> Path:
    """A workspace with a package ``shop``; names of files stand for ``/`` and ``.`` with ``__`` and ``_py``."""
    (root / "shop").mkdir()
    (root / "requirements.txt").write_text("Django\nSQLAlchemy\nconfluent-kafka\npika\n")
    (root / "shop" / "__init__.py").touch()
    for name, text in files.items():
        path = root / (name.replace("__", "/").removesuffix("_py") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def offered(analysed: Analysed) -> list[Proposal]:
    findings = [one for one in analysed.findings if one.rule in ("dual-write", "publish-before-write")]
    assert findings, "there is nothing to mend"
    return [one for one in analysed.proposals(findings[0]) if one.fix == "outbox"]


def service(body: str) -> str:
    return SERVICE + indent(dedent(body), " " * 8)


def mended(root: Path, path: str) -> str:
    (proposal,) = offered(Analysed(root))
    changes = [one for one in proposal.offer.changes() if isinstance(one, FileEdit) and one.path == path]
    return apply_edits((root / path).read_bytes(), changes[0].edits).decode()


ADD = """\
order = Order(customer=customer)
session.add(order)
"""
PUBLISH = 'self._producer.produce("orders", key=customer, value=json.dumps({"id": order.id}))\n'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("session.commit()\n" + PUBLISH + "self._producer.flush()", id="after the commit"),
        pytest.param(PUBLISH + "session.commit()", id="before the commit"),
        pytest.param(PUBLISH, id="whoever gave the session commits"),
        pytest.param("session.commit()\nif urgent:\n    " + PUBLISH, id="on a condition"),
        pytest.param(
            "session.commit()\ntry:\n    " + PUBLISH + "except KafkaException:\n    logger.exception('not announced')",
            id="guarded by a handler that logs",
        ),
        pytest.param(
            "try:\n    session.commit()\nexcept IntegrityError:\n    session.rollback()\n    raise\n" + PUBLISH,
            id="after a commit whose failure leaves",
        ),
        pytest.param("session.commit()\nlogger.info('placed')\n" + PUBLISH, id="after a log line"),
    ],
)
def test_offered(tmp_path: Path, body: str) -> None:
    root = project(tmp_path, shop__models_py=MODELS, shop__orders_py=service(ADD + body))
    text = mended(root, "shop/orders.py")
    row = text.index("OutboxMessage(")
    assert "produce(" not in text
    assert "session.commit()" not in text or row < text.index("session.commit()")
    (root / "shop" / "orders.py").write_text(text)
    assert not Analysed(root).of_rule("dual-write")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("if urgent:\n    session.commit()\n" + PUBLISH, id="the commit happens on a condition"),
        pytest.param("session.commit()\nif urgent:\n    return 0\n" + PUBLISH, id="a return stands between"),
        pytest.param("session.commit()\norder.customer = payload\n" + PUBLISH, id="what is sent changes between"),
        pytest.param("session.commit()\nself.refresh(order)\n" + PUBLISH, id="an unknown call stands between"),
        pytest.param(
            "try:\n    session.commit()\nexcept IntegrityError:\n    session.rollback()\n" + PUBLISH,
            id="the publish follows a failed commit, too",
        ),
        pytest.param(
            "session.commit()\nself._producer.produce('orders', key=customer, value=payload)",
            id="neither text nor bytes for certain",
        ),
        pytest.param(
            "session.commit()\nself._producer.produce('orders', key=customer, value=json.dumps({'id': order.id}), partition=3)",
            id="a partition is chosen",
        ),
        pytest.param(
            "session.commit()\nself._producer.produce('orders', key=customer, value=f'''\n{order.id}\n''')",
            id="a text over several lines",
        ),
        pytest.param("audit.commit()\nsession.commit()\n" + PUBLISH, id="two transactions"),
        pytest.param(
            "session.commit()\nanswer = requests.post('https://rates.example', timeout=5)\n"
            "self._producer.produce('orders', key=customer, value=json.dumps({'id': order.id, 'rate': answer.text}))",
            id="somebody outside is asked between",
        ),
        pytest.param(
            "session.commit()\nif urgent:\n    " + PUBLISH + "else:\n    session.rollback()",
            id="the other arm does something else",
        ),
        pytest.param(
            "session.commit()\nfor _ in range(3):\n    try:\n        " + PUBLISH + "        break\n    except KafkaException:\n        continue",
            id="a loop that tries again",
        ),
    ],
)  # fmt: skip
def test_not_offered(tmp_path: Path, body: str) -> None:
    root = project(tmp_path, shop__models_py=MODELS, shop__orders_py=service(ADD + body))
    assert offered(Analysed(root)) == []


def test_flushes_only_where_the_key_is_read(tmp_path: Path) -> None:
    body = (
        ADD
        + 'session.commit()\nself._producer.produce("orders", key=customer, value=json.dumps({"customer": customer}))'
    )
    root = project(tmp_path, shop__models_py=MODELS, shop__orders_py=service(body))
    assert "flush" not in mended(root, "shop/orders.py")


def test_keeps_a_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    root = project(tmp_path, shop__models_py=MODELS, shop__orders_py=service(ADD + "session.commit()\n" + PUBLISH))
    for name in ("orders.py", "models.py"):
        path = root / "shop" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    (proposal,) = offered(Analysed(root))
    for change in proposal.offer.changes():
        if isinstance(change, FileEdit):
            made = apply_edits((root / change.path).read_bytes(), change.edits)
            assert made.startswith(b"\xef\xbb\xbf")
            assert made.count(b"\xef\xbb\xbf") == 1
            assert made.count(b"\r\n") == made.count(b"\n")
            compile(made, change.path, "exec", dont_inherit=True)


def test_an_outbox_of_another_make_is_left_alone(tmp_path: Path) -> None:
    own = (
        MODELS
        + '\n\nclass OutboxEvent(Base):\n    __tablename__ = "outbox_events"\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    )
    root = project(tmp_path, shop__models_py=own, shop__orders_py=service(ADD + "session.commit()\n" + PUBLISH))
    (proposal,) = offered(Analysed(root))
    with pytest.raises(NotFixable, match="another make"):
        proposal.offer.changes()


def test_a_history_with_two_heads_is_left_alone(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        shop__models_py=MODELS,
        shop__orders_py=service(ADD + "session.commit()\n" + PUBLISH),
        alembic__versions__a_py='revision = "a"\ndown_revision = None\n',
        alembic__versions__b_py='revision = "b"\ndown_revision = "a"\n',
        alembic__versions__c_py='revision = "c"\ndown_revision = "a"\n',
    )
    (proposal,) = offered(Analysed(root))
    with pytest.raises(NotFixable, match="several heads"):
        proposal.offer.changes()


@pytest.mark.parametrize(
    ("function", "is_offered"),
    [
        pytest.param(
            """\
            def place(channel: BlockingChannel, customer: str) -> None:
                with transaction.atomic():
                    order = Order.objects.create(customer=customer)
                    transaction.on_commit(lambda: channel.basic_publish("orders", "placed", json.dumps({"customer": order.customer})))
                    order.customer = customer.lower()
                    order.save()
            """,
            True,
            id="a hook before another write goes to the block's end",
        ),
        pytest.param(
            """\
            @transaction.atomic
            def place(channel: BlockingChannel, customer: str) -> None:
                order = Order.objects.create(customer=customer)
                transaction.on_commit(lambda: channel.basic_publish("orders", "placed", json.dumps({"customer": order.customer})))
                order.customer = customer.lower()
                order.save()
            """,
            False,
            id="a hook before another write in a decorated function",
        ),
        pytest.param(
            """\
            async def place(channel: BlockingChannel, customer: str) -> None:
                order = await Order.objects.acreate(customer=customer)
                channel.basic_publish("orders", "placed", json.dumps({"id": order.pk}))
            """,
            False,
            id="there is no asynchronous transaction",
        ),
        pytest.param(
            """\
            def place(channel: BlockingChannel, customer: str) -> None:
                with transaction.atomic(using="archive"):
                    order = Order.objects.create(customer=customer)
                    channel.basic_publish("orders", "placed", json.dumps({"id": order.pk}))
            """,
            False,
            id="another database",
        ),
        pytest.param(
            """\
            def place(channel: BlockingChannel, customer: str) -> None:
                if customer:
                    order = Order.objects.create(customer=customer)
                channel.basic_publish("orders", "placed", json.dumps({"customer": customer}))
            """,
            False,
            id="a write on a condition",
        ),
    ],
)  # fmt: skip
def test_django(tmp_path: Path, function: str, is_offered: bool) -> None:
    root = project(tmp_path, shop__models_py=DJANGO_MODELS, shop__orders_py=DJANGO_SERVICE + dedent(function))
    assert bool(offered(Analysed(root))) == is_offered
    if is_offered:
        text = mended(root, "shop/orders.py")
        assert text.index("order.save()") < text.index("OutboxMessage.objects.create(")
        assert "on_commit" not in text
