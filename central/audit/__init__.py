"""監査記録: the gapless, chained log of what was asked and answered; on disk before the answer leaves."""

from central.audit.entry import AuditEntry
from central.audit.journal import Conflict, Journal
from central.audit.verify import Verified, logs, verify

__all__ = ["AuditEntry", "Conflict", "Journal", "Verified", "logs", "verify"]
