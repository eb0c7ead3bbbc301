"""Where a question would go, in words for people, before it is sent."""

from app.domain.error_texts import explain
from app.domain.routing import Destination


def headline(destination: Destination) -> str:
    """Where it would go and why, or why it would not be sent and what to do."""
    if destination.refused is not None:
        explanation = explain(destination.refused)
        return f"Would not be sent. {explanation.what} {explanation.advice}"
    route = destination.route
    if route is None or route.where == "device":
        return f"Would go to: {destination.model} on this device"
    gateway = f"Would go to: the gateway {destination.host} ({destination.model}), because {route.because}"
    return f"{gateway}. {_limit(destination)}".rstrip()


def reason(destination: Destination) -> str:
    """Why there, in a sentence; "" where the headline has said it."""
    route = destination.route
    if route is None or destination.refused is not None:
        return ""
    return f"Because {route.because}. What is in this turn is {destination.data_class}."


def _limit(destination: Destination) -> str:
    """What would yet hold it back."""
    if destination.beyond is None:
        return ""
    return f"With {destination.reach} passages it would not be sent."
