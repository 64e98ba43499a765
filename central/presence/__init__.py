"""Whether somebody stood at the reader with their card: challenges, evidence, binding, visits and consents."""
