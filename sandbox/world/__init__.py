"""The invented world as a whole: `sandbox.world.world.World.open(folder)` gives people, cards, keys, credentials."""
