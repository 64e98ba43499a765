"""The fake camera: people made of portraits who come, turn, blink, and the attacks that a reader must refuse."""
