"""機器との通信（MQTT）: what appliances send over MQTT goes to the same handlers as over HTTP."""
