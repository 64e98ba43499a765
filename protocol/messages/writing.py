"""What both written forms share: the text of a field, and the refusal to leave out what must be there."""

from protocol.errors import OnshiError, input_
from protocol.messages.definition import Leaf, Many, Message, Sub


def leaf_text(node: Leaf, message: Message) -> str | None:
    """The text of a field, None when it is absent; raises `OnshiError` for what must not leave the house."""
    value = getattr(message, node.field)
    written: str | None = None if value is None else node.spelling.write(value)
    if written is not None and written.strip():
        return written
    required_is_missing(node, True)
    return None


def required_is_missing(node: Leaf | Sub | Many, missing: bool) -> None:
    """Raises `OnshiError` (INPUT-018) for a required element that would not be written."""
    if missing and node.required:
        raise OnshiError(input_.MESSAGE_MISSING, at=node.element.path)
