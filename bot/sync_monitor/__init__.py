"""Whether our copy of the portal's list of dossiers is right, and whether the parts of the service are up."""
