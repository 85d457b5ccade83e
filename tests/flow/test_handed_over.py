"""A call on something unknown is a library's when it is handed a value that only the library makes."""

from __future__ import annotations

from .conftest import Find

_CLIENTS = "package shop;\nimport acme.Clients;\nimport software.amazon.awssdk.services.sqs.model.SendMessageRequest;\npublic class Orders {\n"


def test_a_client_of_unknown_origin_is_known_by_the_request_that_it_takes(find: Find) -> None:
    found = find({
        "src/main/java/shop/Orders.java": _CLIENTS + """
              private final Clients clients;
              public Orders(Clients clients) { this.clients = clients; }
              void place(String json) {
                clients.first().sendMessage(SendMessageRequest.builder().queueUrl("https://sqs.example.com/1/orders").messageBody(json).build());
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "broker", "channel", "library") == {("publish", "sqs", "orders", "aws-sdk-java-v2")}


def test_a_method_of_that_name_alone_is_no_site(find: Find) -> None:
    found = find({
        "src/main/java/shop/Orders.java": _CLIENTS + """
              private final Clients clients;
              public Orders(Clients clients) { this.clients = clients; }
              void place(String json) {
                clients.first().sendMessage(json);
                System.out.println(SendMessageRequest.builder().queueUrl("https://sqs.example.com/1/orders").build());
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == set()


def test_a_wrapper_of_the_workspace_stays_a_function_of_its_own(find: Find) -> None:
    found = find({
        "src/main/java/shop/Sender.java": "package shop;\npublic class Sender {\n  public void sendMessage(Object request) { System.out.println(request); }\n}\n",
        "src/main/java/shop/Orders.java": _CLIENTS + """
              private final Sender sender = new Sender();
              void place(String json) {
                sender.sendMessage(SendMessageRequest.builder().queueUrl("https://sqs.example.com/1/orders").build());
              }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == set()
