"""What the patient reads while the camera looks for the card front. Faults have their words in the catalogue."""

from edge.visit.desk import Audience, Say

SHOW = Say(
    code="front_show",
    ja="カードの表（顔写真の面）をカメラに向けてください。",
    en="Please turn the front of the card, the side with the photo, to the camera.",
    audience=Audience.PATIENT,
)
READ = Say(
    code="front_read",
    ja="カードを読み取りました。",
    en="The card has been read.",
    audience=Audience.PATIENT,
)
