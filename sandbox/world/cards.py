"""The cast's cards: keys, certificates, print and credentials put together for `sandbox.card`.

Keys are made when a card is first asked for, so that a demo of one persona makes one persona's keys.
"""

import base64
from typing import Any, Literal

from sandbox import portraits
from sandbox.card import CardPersonalisation, VirtualCard, personalise
from sandbox.card.personalisation import CredentialName
from sandbox.card.pictures import drawn_portrait, photo_jp2
from sandbox.cast import Persona
from sandbox.world.draw import Draw
from sandbox.world.pki import Pki, key_name


class Cards:
    """Makes the cards of one world; ``people`` by slug, for certificates copied from somebody else's card."""

    def __init__(self, draw: Draw, pki: Pki, people: tuple[Persona, ...]) -> None:
        self._draw = draw
        self._pki = pki
        self._people = {persona.slug: persona for persona in people}
        self._made: dict[str, CardPersonalisation] = {}

    def owner(self, persona: Persona) -> Persona:
        """Whose certificate lies on this persona's card."""
        return self._people[persona.card.certificate_of] if persona.card.certificate_of else persona

    def personalisation(self, persona: Persona) -> CardPersonalisation:
        """Everything that is on this card; makes its keys where they are new (about a third of a second)."""
        if persona.slug not in self._made:
            self._made[persona.slug] = self._personalised(persona)
        return self._made[persona.slug]

    def _personalised(self, persona: Persona) -> CardPersonalisation:
        plan, slug, draw, pki = persona.card, persona.slug, self._draw, self._pki
        with_signature = plan.signature_certificate
        pki.jlis.prepare(
            key_name(persona, use) for use in ("authentication", "surface", *(["signature"] * with_signature))
        )
        authentication = pki.authentication(self.owner(persona))
        signature = pki.signature(persona) if with_signature else None
        blocked: set[CredentialName] = {"pin"} if plan.pin_exists and plan.pin_tries_left == 0 else set()
        sex: Literal["1", "2"] = "1" if persona.sex.value == "1" else "2"
        return CardPersonalisation(
            authentication_key=pki.key(persona, "authentication"),
            authentication_certificate=authentication.certificate,
            authentication_ca=authentication.ca,
            signature_key=pki.key(persona, "signature") if signature else None,
            signature_certificate=signature.certificate if signature else None,
            signature_ca=pki.signature_ca(persona),
            surface_key=pki.key(persona, "surface"),
            issuer=pki.surface_issuer(persona),
            attributes_issuer=pki.attributes_issuer(persona),
            name=persona.name.original,
            address=persona.home.address,
            birth=plan.chip_birth or persona.birth,
            sex=sex,
            expiry=plan.expiry,
            security_code=draw.digits(4, "security-code", slug),
            individual_number=draw.individual_number("individual-number", slug),
            serial="99" + draw.digits(13, "card-serial", slug),
            municipality=persona.home.municipality,
            photo=self._photo(persona) if plan.photo else None,
            pin=self.pin(persona) if plan.pin_exists else None,
            attributes_pin=draw.pin("attributes-pin", slug),
            signature_password=draw.password("signature", slug) if signature else None,
            foreign=plan.foreign,
            blocked=blocked,
        )

    def _photo(self, persona: Persona) -> bytes:
        """Of a real portrait where the packages that carry them are installed, else of a drawing."""
        portrait = portraits.chip_picture(portraits.of(persona))
        return photo_jp2(portrait or drawn_portrait(self._draw.number(1 << 30, "portrait", persona.slug)))

    def card(self, persona: Persona) -> VirtualCard:
        """A fresh card: all counters as they were issued (or used up, where that is the story)."""
        return personalise(self.personalisation(persona))

    def pin(self, persona: Persona) -> str:
        return self._draw.pin("pin", persona.slug)

    def facts(self, persona: Persona, made: CardPersonalisation) -> dict[str, Any]:
        """What is public about the card, and its secrets: it is a toy."""
        identity = self._pki.identity(self.owner(persona))
        return {
            "persona": persona.slug,
            "name": persona.name.original,
            "kana": persona.name.kana,
            "romaji": persona.name.romaji,
            "story_ja": persona.story.ja,
            "story_en": persona.story.en,
            "birth": made.birth.isoformat(),
            "registered_birth": persona.birth.isoformat(),
            "sex": made.sex,
            "address": made.address,
            "municipality": made.municipality,
            "expiry": made.expiry.isoformat(),
            "card_serial": made.serial,
            "pin": made.pin,
            "pin_tries_left": persona.card.pin_tries_left if made.pin else 0,
            "attributes_pin": made.attributes_pin,
            "signature_password": made.signature_password,
            "birth_digits": made.birth_digits,
            "number_b": made.number_b,
            "security_code": made.security_code,
            "authentication_certificate": _base64(made.authentication_certificate),
            "authentication_ca": _base64(made.authentication_ca),
            "authentication_serial": identity.serial,
            "authentication_issuer_key_id": identity.issuer_key_id,
            "signature_certificate": _base64(made.signature_certificate),
            "signature_ca": _base64(made.signature_ca),
            "photo": made.photo is not None,
        }


def _base64(der: bytes | None) -> str | None:
    return None if der is None else base64.b64encode(der).decode("ascii")
