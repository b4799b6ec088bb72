"""Our copy of the portal's list of dossiers: what boards, reports, surveys and reviews count. No person stands in it."""
