"""J-LIS stand-in: certification authorities, revocation, old/new linkage, and the municipalities' card keys."""
