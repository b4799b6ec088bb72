"""The citizen's rights over their data: consent, a look at what is held, deletion, and requests that people handle."""
