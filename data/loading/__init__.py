"""Files in, checked inputs and a quarantine out."""
