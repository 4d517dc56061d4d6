"""The demo estate: small services that break in the ways in which real ones did, to be watched from outside.

Nothing in here is known to the rest of the product, and the services know nothing of probes: they are met
over HTTP alone, as a user would meet them.
"""
