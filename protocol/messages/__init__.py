"""The XmlMsg messages that clinic software speaks: one definition each, written and read as XML and as JSON.

``read_xml(data, EligibilityRequest)``, ``write_xml(answer, CharacterCode.SHIFT_JIS)``, ``write_json(answer)``.
Whatever comes in, only `protocol.errors.OnshiError` comes out. Facts: reference clinic-interface 2-4, 8.
"""

from protocol.messages.definition import Element, Message, Shape
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
from protocol.messages.ticket import MedicalTicket
from protocol.messages.xmlform import SINGLE_QUERY_BYTES, read_xml, write_xml
from protocol.messages.xmltree import declared_encoding

__all__ = [
    "SINGLE_QUERY_BYTES", "ElderlyRecipient", "Element", "EligibilityAnswer", "EligibilityRequest",
    "EligibilityResult", "LimitCertificateInfo", "MedicalTicket", "Message", "SearchInfo", "Shape",
    "SpecificDiseaseInfo", "declared_encoding", "decode_json", "read_json", "read_xml", "write_json", "write_xml",
]  # fmt: skip
