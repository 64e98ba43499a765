"""The XmlMsg messages that clinic software speaks: one definition each, written and read as XML and as JSON.

``read_xml(data, EligibilityRequest)``, ``write_xml(answer, CharacterCode.SHIFT_JIS)``, ``write_json(answer)``.
Whatever comes in, only `protocol.errors.OnshiError` comes out. Facts: reference clinic-interface 2-4, 8.
"""

from protocol.messages.bulk import (
    BULK_BYTES,
    BULK_UNITS,
    AskedSearch,
    BulkAnswer,
    BulkDownload,
    BulkReception,
    BulkRequest,
    BulkUnit,
    ConsentedBulkRequest,
    ConsentedSearch,
    TicketBulkRequest,
)
from protocol.messages.checkups import CheckupAnswer, CheckupHolder, CheckupInfo, CheckupResult
from protocol.messages.definition import Element, Message, Shape
from protocol.messages.description import Row, describe, json_schema
from protocol.messages.drugs import (
    DONE,
    DispensedMonth,
    Drug,
    DrugAnswer,
    DrugDay,
    DrugHolder,
    PrescribedMonth,
    ReceiptMonth,
    Treatment,
)
from protocol.messages.eligibility import (
    ElderlyRecipient,
    EligibilityAnswer,
    EligibilityRequest,
    EligibilityResult,
    LimitCertificateInfo,
    SearchInfo,
    SpecificDiseaseInfo,
)
from protocol.messages.jsonform import decode_json, read_json, write_json
from protocol.messages.medical import ConsentCancel, ConsentCancelled, MedicalRefusal, MedicalRequest
from protocol.messages.reference_number import (
    AskedRegistration,
    ReferenceNumberAnswer,
    ReferenceNumberBulkAnswer,
    ReferenceNumberBulkRequest,
    ReferenceNumberInfo,
    ReferenceNumberRequest,
    ReferenceNumberUnit,
)
from protocol.messages.ticket import MedicalTicket
from protocol.messages.xmlform import SINGLE_QUERY_BYTES, read_xml, write_xml
from protocol.messages.xmltree import declared_encoding

MESSAGES: dict[str, type[Message]] = {
    "OQSsiquc01req": EligibilityRequest,
    "OQSsiquc01res": EligibilityAnswer,
    "OQSsiimm01req": ReferenceNumberRequest,
    "OQSsiimm01res": ReferenceNumberAnswer,
    "OQSmuquc01req": BulkRequest,
    "OQSmuquc01res": BulkReception,
    "OQSmuquc02req": BulkDownload,
    "OQSmuquc02res": BulkAnswer,
    "OQSmuhvq01req": ConsentedBulkRequest,
    "OQSmuhvq01res": BulkReception,
    "OQSmuhvq02req": BulkDownload,
    "OQSmuhvq02res": BulkAnswer,
    "OQSmuonq01req": ConsentedBulkRequest,
    "OQSmuonq01res": BulkReception,
    "OQSmuonq02req": BulkDownload,
    "OQSmuonq02res": BulkAnswer,
    "OQSmutic01req": TicketBulkRequest,
    "OQSmutic01res": BulkReception,
    "OQSmutic02req": BulkDownload,
    "OQSmutic02res": BulkAnswer,
    "OQSmuimm01req": ReferenceNumberBulkRequest,
    "OQSmuimm01res": BulkReception,
    "OQSmuimm02req": BulkDownload,
    "OQSmuimm02res": ReferenceNumberBulkAnswer,
    "YZKsiquc01req": MedicalRequest,
    "YZKsiquc01res": DrugAnswer,
    "TKKsiquc01req": MedicalRequest,
    "TKKsiquc01res": CheckupAnswer,
}
"""The message type that a file name announces (its part before the first ``_``; face files are OQSsiquc01res)."""

__all__ = [
    "BULK_BYTES", "BULK_UNITS", "DONE", "MESSAGES", "SINGLE_QUERY_BYTES", "AskedRegistration", "AskedSearch",
    "BulkAnswer", "BulkDownload", "BulkReception", "BulkRequest", "BulkUnit", "CheckupAnswer", "CheckupHolder",
    "CheckupInfo", "CheckupResult", "ConsentCancel", "ConsentCancelled", "ConsentedBulkRequest", "ConsentedSearch",
    "DispensedMonth", "Drug", "DrugAnswer", "DrugDay", "DrugHolder", "ElderlyRecipient", "Element", "EligibilityAnswer",
    "EligibilityRequest", "EligibilityResult", "LimitCertificateInfo", "MedicalRefusal", "MedicalRequest",
    "MedicalTicket", "Message", "PrescribedMonth", "ReceiptMonth", "ReferenceNumberAnswer", "ReferenceNumberBulkAnswer",
    "ReferenceNumberBulkRequest", "ReferenceNumberInfo", "ReferenceNumberRequest", "ReferenceNumberUnit", "Row",
    "SearchInfo", "Shape", "SpecificDiseaseInfo", "TicketBulkRequest", "Treatment", "declared_encoding", "decode_json",
    "describe", "json_schema", "read_json", "read_xml", "write_json", "write_xml",
]  # fmt: skip
