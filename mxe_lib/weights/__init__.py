"""The models that ship, and what was measured of them; ``MODEL_CARD.md`` says what they are good for."""

from pathlib import Path

WEIGHTS = Path(__file__).parent
