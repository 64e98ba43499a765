"""An officer (担当者) of an insurer, as every request of the insurers' web API and console carries it: a value only."""

from enum import StrEnum

import msgspec

from protocol.errors import OnshiError
from protocol.errors.insurers import ROLE_NEEDED


class Role(StrEnum):
    """What an officer may do. A supervisor may confirm an upload that another person's cohort guard holds."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: the officer's id, the one insurer (8 digits) that it sees, its role."""

    id: str
    insurer: str
    role: Role

    @property
    def operator(self) -> str:
        """How the officer stands in uploads, work items and audit rows."""
        return f"officer:{self.id}"

    def require(self, role: Role) -> None:
        """Raises `OnshiError` (`ROLE_NEEDED`) unless the officer has this role or a higher one."""
        if role is Role.SUPERVISOR and self.role is not Role.SUPERVISOR:
            raise OnshiError(ROLE_NEEDED, role=role.value)
