"""Numbers about customers and invitations. Pure."""

MINIMUM_AGE_YEARS = 18  # provider's terms
INVITATION_LASTS_DAYS = 14
ATTESTATION_LASTS_DAYS = 365  # asked again each year, or when a licence's version changes
ATTESTATION_REMINDER_DAYS = 14  # so long before a declaration runs out we write
ATTESTATION_REMINDED_AGAIN_DAYS = 30  # and not more often than this
# raised with every change of what they say; who is filling in the form then reads and answers anew
PRIVACY_NOTICE_VERSION = 2
BIOMETRICS_NOTICE_VERSION = 2
# customer names longer than this are a mistake or an attack
NAME_LIMIT = 300
# a hit cleared by staff stays quiet this long while neither side changes
CLEARANCE_LASTS_DAYS = 365

# Mailboxes that are one under two names, and whose dots are not read. Source: support.google.com/mail/answer/7436150
SAME_MAILBOXES = {"googlemail.com": "gmail.com"}
DOMAINS_WITHOUT_DOTS = frozenset({"gmail.com"})
