"""The line to the centre: HTTP and MQTT over mutual TLS, the outbox, and the words for a broken hop."""
