"""Decorators of the workspace around a library's: what carries them is a task, under its own name."""

from __future__ import annotations

import pytest

from .conftest import Find

_APP = """
import functools

import dramatiq
from celery import Celery, shared_task

app = Celery("shop")
"""

_GIVES_THE_LIBRARYS = """
def task(**options):
    options.setdefault("acks_late", True)
    return app.task(**options)
"""
_STANDS_ON_A_WRAPPER = """
def task(**options):
    def decorate(function):
        @app.task(**options)
        @functools.wraps(function)
        def run(*args, **kwargs):
            with tenant(kwargs.pop("tenant")):
                return function(*args, **kwargs)
        return run
    return decorate
"""
_CALLS_THE_LIBRARYS = """
def task(**options):
    def decorate(function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            return function(*args, **kwargs)
        return shared_task(**options)(run)
    return decorate
"""
_HANDS_THE_FUNCTION_OVER = """
def task(name=None, **options):
    def decorate(function):
        return app.task(function, name=name, **options)
    return decorate
"""


@pytest.mark.parametrize(
    "decorator", [_GIVES_THE_LIBRARYS, _STANDS_ON_A_WRAPPER, _CALLS_THE_LIBRARYS, _HANDS_THE_FUNCTION_OVER]
)
def test_what_carries_it_is_a_task(find: Find, decorator: str) -> None:
    found = find({
        "queueing.py": _APP + decorator,
        "mail.py": """
            from queueing import task

            @task(name="mail.receipt")
            def send_receipt(order_id): ...

            @task()
            def send_reminder(order_id): ...

            def remind(order_id):
                send_reminder.delay(order_id)
            """,
    })  # fmt: skip
    assert found.rows("role", "place", "channel", "handler") == {
        ("subscribe", "mail.py:4", "mail.receipt", "send_receipt"),
        ("subscribe", "mail.py:7", "mail.send_reminder", "send_reminder"),
        ("publish", "mail.py:11", "mail.send_reminder", None),
    }


def test_one_that_is_not_called(find: Find) -> None:
    found = find({
        "queueing.py": _APP + "def task(function):\n    return app.task(function, acks_late=True)\n",
        "mail.py": "from queueing import task\n\n@task\ndef send_receipt(order_id): ...\n",
    })  # fmt: skip
    assert found.rows("role", "place", "channel") == {("subscribe", "mail.py:3", "mail.send_receipt")}


def test_an_actor_under_its_name(find: Find) -> None:
    found = find({
        "worker.py": """
            import functools
            from dramatiq import actor as _actor

            def actor(actor_name=None, priority=0, **options):
                def decorate(function):
                    @functools.wraps(function)
                    async def run(*args, **kwargs):
                        async with session():
                            return await function(*args, **kwargs)
                    _actor(run, actor_name=actor_name, priority=priority, **options)
                    return run
                return decorate
            """,
        "orders.py": "from worker import actor\n\n@actor(actor_name='order.created')\nasync def created(order_id): ...\n",
    })  # fmt: skip
    assert found.rows("role", "place", "channel", "handler") == {
        ("subscribe", "orders.py:3", "order.created", "created")
    }


def test_a_decorator_that_puts_nothing_of_a_library_on_a_function(find: Find) -> None:
    found = find({
        "queueing.py": _APP + """
def task(name):
    def decorate(function):
        registry[name] = function
        app.send_task("tasks.registered")
        return function
    return decorate

def timed(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        return function(*args, **kwargs)
    return run

@app.task
def purge(): ...
""",
        "mail.py": """
            from queueing import task, timed

            @task("mail.receipt")
            def send_receipt(order_id): ...

            @timed
            def count(order_id): ...
            """,
    })  # fmt: skip
    assert found.rows("role", "place") == {("publish", "queueing.py:12"), ("subscribe", "queueing.py:22")}


def test_an_object_that_is_called_as_a_decorator(find: Find) -> None:
    found = find({
        "queueing.py": """
            import functools
            from celery import shared_task

            class Task:
                def __init__(self, queue):
                    self.queue = queue

                def __call__(self, function=None, *, retry_on=()):
                    if function is None:
                        return lambda function: self._decorate(function=function, retry_on=retry_on)
                    return self._decorate(function=function, retry_on=retry_on)

                def _decorate(self, *, function, retry_on):
                    @functools.wraps(function)
                    def run(*args, **kwargs):
                        try:
                            return function(*args, **kwargs)
                        except retry_on:
                            task.apply_async(args, kwargs, countdown=60)

                    task = shared_task(acks_late=True, queue=self.queue)(run)
                    return task

            short_task = Task(queue="short")
            """,
        "mail.py": """
            from queueing import short_task

            @short_task
            def send_receipt(order_id): ...

            @short_task(retry_on=(OSError,))
            def send_reminder(order_id):
                send_receipt.signature(kwargs={"order_id": order_id}).apply_async()
            """,
    })  # fmt: skip
    rows = found.rows("role", "place", "channel")
    assert rows >= {
        ("subscribe", "mail.py:4", "mail.send_receipt"),
        ("subscribe", "mail.py:7", "mail.send_reminder"),
        ("publish", "mail.py:9", "mail.send_receipt"),
    }
    assert {site.guarantee for site in found.sites if site.role == "subscribe"} == {"at-least-once"}


def test_a_decorator_that_the_workspace_calls_by_another_name_is_the_librarys(find: Find) -> None:
    found = find({
        "core/celery.py": "from celery import shared_task\n\nshop_task = shared_task\nplain = print\n",
        "core/__init__.py": "",
        "tasks.py": """
            from core.celery import plain, shop_task

            @shop_task
            def pack(order_id):
                print(order_id)

            @shop_task(name="shop.send")
            def send(order_id):
                print(order_id)

            @plain
            def read(order_id):
                print(order_id)
            """,
    })  # fmt: skip
    assert found.rows("role", "channel", "handler") == {
        ("subscribe", "tasks.pack", "pack"), ("subscribe", "shop.send", "send"),
    }  # fmt: skip
