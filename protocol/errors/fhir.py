"""Catalogue of the FHIR interface. Codes FHIR-nnn."""

from protocol.errors.fault import Fault, Kind

REQUEST_WRONG = Fault(
    code="FHIR-001",
    kind=Kind.BAD_INPUT,
    desk_ja="FHIR の要求に、必要な項目がないか、形式に誤りがあります。",
    desk_en="The FHIR request lacks an element, or has it in the wrong form.",
    next_ja="電子カルテなどのソフトウェアの保守担当に連絡してください。",
    next_en="Tell whoever maintains the clinic's software.",
    vendor="details.at names the element or the search parameter",
)
NOT_SUPPORTED = Fault(
    code="FHIR-002",
    kind=Kind.BAD_INPUT,
    desk_ja="FHIR の要求に、対応していない項目があります。",
    desk_en="The FHIR request asks for something that this server does not do.",
    next_ja="電子カルテなどのソフトウェアの保守担当に連絡してください。",
    next_en="Tell whoever maintains the clinic's software.",
    vendor="details.at names the element; nothing is ignored that could change what is asked",
)
BY_POST_ONLY = Fault(
    code="FHIR-003",
    kind=Kind.BAD_INPUT,
    desk_ja="被保険者番号などを URL に含めないよう、検索は POST の _search だけで受け付けます。",
    desk_en="Search is taken by POST to _search only, so that no person's number stands in a URL.",
    next_ja="電子カルテなどのソフトウェアの保守担当に連絡してください。",
    next_en="Tell whoever maintains the clinic's software.",
    vendor="GET search and read are not offered; POST TYPE/_search with a form body. The URL was not logged here.",
)
