"""Functions of Azure whose triggers stand in ``function.json``: a site at the function that runs, else at the trigger."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Find


def _described(script: str, *bindings: dict[str, Any], **more: Any) -> str:
    return json.dumps({"scriptFile": script, "bindings": list(bindings), **more}, indent=2)


_ORDERS = {"name": "msg", "type": "queueTrigger", "direction": "in", "queueName": "orders", "connection": "STORE"}
_PARCELS = {
    "name": "msg",
    "type": "serviceBusTrigger",
    "direction": "in",
    "topicName": "parcels",
    "subscriptionName": "van",
}
_HTTP = {"name": "req", "type": "httpTrigger", "direction": "in", "methods": ["post"]}
_OUT = {"name": "out", "type": "queue", "direction": "out", "queueName": "loaves", "connection": "STORE"}


def test_the_function_of_a_python_script_runs_for_a_queue(find: Find) -> None:
    found = find({
        "functions/Bake/function.json": _described("__init__.py", _ORDERS),
        "functions/Bake/__init__.py": "import azure.functions as func\n\ndef main(msg: func.QueueMessage) -> None:\n    print(msg.get_body())\n",
    })  # fmt: skip
    assert found.rows("role", "broker", "channel", "file", "line", "handler", "library") == {
        ("subscribe", "abstract", "orders", "functions/Bake/__init__.py", 3, "main", "azure-functions")
    }


def test_the_entry_point_is_named_and_a_built_script_leads_to_its_source(find: Find) -> None:
    found = find({
        "Deliver/function.json": _described("../dist/Deliver/index.js", _PARCELS, entryPoint="deliver"),
        "Deliver/index.ts": "export const deliver = async (context: unknown, parcel: string): Promise<void> => {\n  console.log(parcel);\n};\n",
        "Bake/function.json": _described("../dist/Bake/index.js", _ORDERS),
        "Bake/index.ts": "export default async function bake(context: unknown, order: string): Promise<void> {\n  console.log(order);\n}\n",
    })  # fmt: skip
    assert found.rows("role", "broker", "channel", "file", "library") == {
        ("subscribe", "azure-service-bus", "parcels", "Deliver/index.ts", "@azure/functions"),
        ("subscribe", "abstract", "orders", "Bake/index.ts", "@azure/functions"),
    }


def test_without_its_script_the_trigger_itself_is_the_site(find: Find) -> None:
    found = find({"Bake/function.json": _described("../dist/bakery.dll", _ORDERS), "README.md": "A bakery.\n"})
    assert found.rows("role", "channel", "file", "line", "via") == {
        ("subscribe", "orders", "Bake/function.json", 8, "config")
    }


def test_other_starts_outputs_and_other_files_are_no_subscription(find: Find) -> None:
    script = "import azure.functions as func\n\ndef main(req: func.HttpRequest) -> str:\n    return 'ok'\n"
    found = find({
        "Ask/function.json": _described("__init__.py", _HTTP, _OUT, {"name": "t", "type": "timerTrigger", "schedule": "0 0 * * * *"}),
        "Ask/__init__.py": script,
        "docs/example.json": _described("__init__.py", _ORDERS),
        "Broken/function.json": '{"bindings": [{"type": "queueTrigger", "queueName": ',
        "Empty/function.json": _described("__init__.py", {"type": "queueTrigger"}, {"type": 7}),
    })  # fmt: skip
    assert found.rows("role", "channel") == set()
