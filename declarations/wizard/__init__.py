"""The public pages: the wizard, which asks one step at a time, and the pages around it."""
