"""The status of a dossier: two proofs, the portal's answer, and how it is told to the citizen."""
