"""Where a question would go, in words for people, before it is sent."""

from app.domain.error_texts import explain
from app.domain.routing import Destination
from app.domain.texts import Text


def headline(destination: Destination) -> Text:
    """Where it would go and why, or why it would not be sent and what to do."""
    if destination.refused is not None:
        said = explain(destination.refused)
        return Text("Would not be sent. {what} {advice}", what=said.what, advice=said.advice)
    route, model = destination.route, destination.model
    if route is None or route.where == "device":
        return Text("Would go to: {model} on this device", model=model)
    gateway = Text(
        "Would go to: the gateway {host} ({model}), because {because}.",
        host=destination.host,
        model=model,
        because=Text(route.because),
    )
    if destination.beyond is None:
        return gateway
    reach = Text(destination.reach)
    return Text("{gateway} With {class_} passages it would not be sent.", gateway=gateway, class_=reach)


def reason(destination: Destination) -> Text:
    """Why there, in a sentence; "" where the headline has said it."""
    route = destination.route
    if route is None or destination.refused is not None:
        return Text("")
    because, class_ = Text(route.because), Text(destination.data_class)
    return Text("Because {because}. What is in this turn is {class_}.", because=because, class_=class_)
