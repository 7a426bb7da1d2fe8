"""How a sequencer decides what to offer: pure functions of what it knows alone and what everybody can see."""
