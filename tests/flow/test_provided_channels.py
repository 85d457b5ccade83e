"""What a container hands to a decorated function stands for the channel that the function of that name declares."""

from __future__ import annotations

from .conftest import Find

_IMPORTS = """package shop;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.context.annotation.Bean;
"""


def _config(binding: str) -> str:
    return (
        _IMPORTS
        + "public class Config {\n"
        + '  @Bean Queue billing() { return QueueBuilder.durable("billing.orders").build(); }\n'
        + '  @Bean TopicExchange orders() { return new TopicExchange("orders"); }\n'
        + f"  {binding}\n"
        + "  private RabbitTemplate rabbitTemplate;\n"
        + '  void place(String json) { rabbitTemplate.convertAndSend("orders", "order.placed", json); }\n'
        + '  @RabbitListener(queues = "billing.orders") void charge(String json) { System.out.println(json); }\n'
        + "}\n"
    )


def test_beans_that_are_handed_over_are_bound(find: Find) -> None:
    with_beans = '@Bean Binding bound(Queue billing, TopicExchange orders) { return BindingBuilder.bind(billing).to(orders).with("order.*"); }'
    assert len(find({"src/main/java/shop/Config.java": _config(with_beans)}).flows()) == 1


def test_a_parameter_of_another_name_is_not_guessed(find: Find) -> None:
    other = '@Bean Binding bound(Queue other, TopicExchange orders) { return BindingBuilder.bind(other).to(orders).with("order.*"); }'
    assert not find({"src/main/java/shop/Config.java": _config(other)}).flows()


def test_a_function_that_nobody_decorates_is_handed_nothing(find: Find) -> None:
    plain = 'Binding bound(Queue billing, TopicExchange orders) { return BindingBuilder.bind(billing).to(orders).with("order.*"); }'
    assert not find({"src/main/java/shop/Config.java": _config(plain)}).flows()
