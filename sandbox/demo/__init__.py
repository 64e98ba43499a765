"""``onshi demo``: the outside world, a centre and one appliance on one machine, and one visit shown step by step."""
