# ruff: noqa: E101  (Go is indented with tabs)
"""Consumers that are registered with settings and an object: an endpoint's queue is named, bound and handled where it is registered."""

from __future__ import annotations

from flow.conftest import Find

_MODULE = "module example.com/parcels\n\ngo 1.22\n\nrequire github.com/rabbitmq/amqp091-go v1.10.0\n"
_SETTINGS = """
    package endpoint

    type QueueSettings struct {
    	Name    string
    	Durable bool
    }

    type Settings struct {
    	Exchange string
    	Queue    *QueueSettings
    	Handler  Handler
    }

    func DefaultSettings(name string) *Settings {
    	return &Settings{Exchange: "parcels", Queue: &QueueSettings{Name: name, Durable: true}}
    }
    """
_LISTENER = """
    package endpoint

    import (
    	"context"

    	"github.com/rabbitmq/amqp091-go"
    )

    type Handler interface {
    	Handle(ctx context.Context, body []byte) error
    }

    type Metrics interface {
    	Seen(queue string)
    }

    type listener struct {
    	settings *Settings
    	metrics  Metrics
    	channel  *amqp091.Channel
    }

    func NewListener(settings *Settings, metrics Metrics, channel *amqp091.Channel) *listener {
    	return &listener{settings: settings, metrics: metrics, channel: channel}
    }

    func (l *listener) Listen(ctx context.Context) error {
    	if err := l.channel.QueueBind(l.settings.Queue.Name, l.settings.Queue.Name, "parcels", false, nil); err != nil {
    		return err
    	}
    	deliveries, err := l.channel.Consume(l.settings.Queue.Name, "", false, false, false, false, nil)
    	if err != nil {
    		return err
    	}
    	for delivery := range deliveries {
    		l.take(ctx, delivery)
    	}
    	return nil
    }

    func (l *listener) take(ctx context.Context, delivery amqp091.Delivery) {
    	l.metrics.Seen(l.settings.Queue.Name)
    	if err := l.settings.Handler.Handle(ctx, delivery.Body); err != nil {
    		_ = delivery.Nack(false, true)
    		return
    	}
    	_ = delivery.Ack(false)
    }
    """
_BUILDER = """
    package endpoint

    type Setup interface {
    	HandledBy(handler Handler) Setup
    }

    type setup struct{ settings *Settings }

    func (s *setup) HandledBy(handler Handler) Setup {
    	s.settings.Handler = handler
    	return s
    }

    type Registry struct{ setups []*setup }

    func (r *Registry) Add(queue string, configure func(Setup)) *Registry {
    	one := &setup{settings: DefaultSettings(queue)}
    	configure(one)
    	r.setups = append(r.setups, one)
    	return r
    }
    """
_HANDLERS = """
    package depot

    import "context"

    type arrivals struct{ clock *clock }

    func NewArrivals(c *clock) *arrivals { return &arrivals{clock: c} }

    func (a *arrivals) Handle(ctx context.Context, body []byte) error { return nil }

    type returns struct{}

    func NewReturns() *returns { return &returns{} }

    func (r *returns) Handle(ctx context.Context, body []byte) error { return nil }

    type clock struct{}

    func NewClock() *clock { return &clock{} }

    func (c *clock) Seen(queue string) {}
    """
_REGISTRATION = """
    package depot

    import "example.com/parcels/endpoint"

    func Register(registry *endpoint.Registry) {
    	registry.
    		Add("parcels.arrived", func(s endpoint.Setup) {
    			s.HandledBy(NewArrivals(NewClock()))
    		}).
    		Add("parcels.returned", func(s endpoint.Setup) {
    			s.HandledBy(NewReturns())
    		})
    }
    """
_PUBLISHER = """
    package scanner

    import (
    	"context"

    	"github.com/rabbitmq/amqp091-go"
    )

    func Scanned(ctx context.Context, channel *amqp091.Channel, body []byte) error {
    	return channel.PublishWithContext(ctx, "parcels", "parcels.arrived", false, false, amqp091.Publishing{Body: body})
    }
    """
_FILES = {
    "go.mod": _MODULE,
    "endpoint/settings.go": _SETTINGS,
    "endpoint/listener.go": _LISTENER,
    "endpoint/builder.go": _BUILDER,
    "depot/handlers.go": _HANDLERS,
    "depot/registration.go": _REGISTRATION,
    "scanner/scanner.go": _PUBLISHER,
}


def test_the_queue_that_settings_name_is_decided_where_they_are_registered(find: Find) -> None:
    assert ("subscribe", "depot/registration.go:8", "parcels.arrived") in find(_FILES).rows("role", "place", "channel")
    assert ("subscribe", "depot/registration.go:11", "parcels.returned") in find(_FILES).rows(
        "role", "place", "channel"
    )


def test_the_handler_is_the_object_that_the_registration_makes(find: Find) -> None:
    found = find(_FILES)
    handlers = {site.channel: site.handler.name for site in found.sites if site.role == "subscribe" and site.handler}
    assert handlers == {"parcels.arrived": "arrivals.Handle", "parcels.returned": "returns.Handle"}


def test_what_a_wrapper_binds_each_registration_binds(find: Find) -> None:
    assert find(_FILES).flows() == {("scanner/scanner.go", "depot/registration.go")}


def test_settings_that_two_functions_make_decide_nothing(find: Find) -> None:
    second = _SETTINGS.replace(
        "func DefaultSettings",
        'func Legacy() *Settings {\n    \treturn &Settings{Queue: &QueueSettings{Name: "legacy"}}\n    }\n\n    func DefaultSettings',
    )
    found = find({**_FILES, "endpoint/settings.go": second})
    assert ("depot/registration.go:8", "parcels.arrived") not in found.rows("place", "channel")


def test_where_a_registration_makes_two_objects_that_could_handle_neither_is_named(find: Find) -> None:
    two = _REGISTRATION.replace(
        "s.HandledBy(NewReturns())", "s.HandledBy(NewReturns())\n    \t\t\ts.HandledBy(NewArrivals(nil))"
    )
    found = find({**_FILES, "depot/registration.go": two})
    handlers = {site.channel: site.handler.name for site in found.sites if site.role == "subscribe" and site.handler}
    assert handlers["parcels.returned"] == "Handler.Handle"
