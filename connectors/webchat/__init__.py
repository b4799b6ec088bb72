"""The web chat: a page, an embeddable widget, and the calls they make (contract §4)."""
