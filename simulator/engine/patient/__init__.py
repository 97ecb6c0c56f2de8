"""The patient as a body: drugs, circulation, breathing, pain, what goes wrong, and what the monitor draws."""
