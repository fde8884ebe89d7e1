"""The permissions beyond Django's own that the office's pages ask for; the models define them."""

DECIDE_DECLARATION = "declarations.decide_declaration"
EXPORT_DECLARATION = "declarations.export_declaration"
LOCK_PERIOD = "declarations.lock_period"
SEE_SSIN = "declarations.see_ssin"
