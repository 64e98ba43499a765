"""医療機関と機器: who may ask — facilities, their devices, and the CA that certifies the devices."""
