"""The clinic's software: face files and the folder exchange."""
