"""What the patient reads while the camera looks at the card on the reader. Faults have their words in the catalogue."""

from edge.visit.desk import Audience, Say

SHOW = Say(
    code="front_show",
    ja="カードの表を読み取ります。カードは、顔写真の面が見えるように置いたままにしてください。",
    en="The card's front is being read. Please leave the card where it is, with the photo in view.",
    audience=Audience.PATIENT,
)
READ = Say(
    code="front_read",
    ja="カードの表を読み取りました。",
    en="The card's front has been read.",
    audience=Audience.PATIENT,
)
