"""What the names of events say: what has happened, what is to be done, or neither for certain."""

from __future__ import annotations

import pytest

from eventlens.checks.named_events import done, said_by


@pytest.mark.parametrize(
    ("name", "tense"),
    [
        ("OrderPlaced", "past"),
        ("OrderPlacedEvent", "past"),
        ("order.placed.v1", "past"),
        ("order-placed", "past"),
        ("ORDER_PLACED", "past"),
        ("MailSent", "past"),
        ("bid.won", "past"),
        ("GuestLeftEvent", "past"),
        ("CreateOrderFailed", "past"),
        ("order.placed.internal", "past"),
        ("CreateOrder", "command"),
        ("create-order", "command"),
        ("CancelBookingEvent", "command"),
        ("com.example.user.delete", "command"),
        ("UpdateProfile", "command"),
        ("RentalExpires", "present"),
        ("payment.fails", "present"),
        ("guest.notifies", "present"),
        ("Order", ""),
        ("OrderUpdate", ""),
        ("PaymentProcess", ""),
        ("StayComplete", ""),
        ("payment.processing", ""),
        ("ProcessStatus", ""),
        ("OpenInvoice", ""),
        ("price.set", ""),
        ("CreateOrderCommand", ""),
        ("GenerateReportRequest", ""),
        ("OrderSnapshot", ""),
        ("EmailNotification", ""),
        ("seed", ""),
        ("high.speed", ""),
        ("", ""),
        ("v1", ""),
    ],
)
def test_what_a_name_says(name: str, tense: str) -> None:
    assert said_by(name).tense == tense


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CancelBooking", ("booking", "cancelled")),
        ("user.delete", ("user", "deleted")),
        ("RentalExpires", ("rental", "expired")),
        ("RegisterWithTheGuild", ("registered", "with", "the", "guild")),
    ],
)
def test_what_it_would_be_called(name: str, words: tuple[str, ...]) -> None:
    assert done(said_by(name)) == words
