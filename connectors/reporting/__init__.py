"""Reports leave the house: by mail, by webhook, into a folder, when the clock says so."""
