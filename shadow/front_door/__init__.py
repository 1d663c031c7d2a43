"""How do events come in? Over HTTP: checked, stored, sent to the workers, and answered with where to look."""
