"""Catalogue of values from outside: numbers, dates, text, configuration. Codes INPUT-nnn."""

from protocol.errors.fault import Fault, Kind, Repeat  # noqa: F401

SETTING_WRONG = Fault(
    code="INPUT-901",
    kind=Kind.BAD_INPUT,
    desk_ja="設定に誤りがあるため、起動できません。",
    desk_en="The program cannot start because a setting is wrong.",
    next_ja="表示されたファイルと行の設定を直して、もう一度起動してください。設定の一覧は手引きの「設定」にあります。",
    next_en="Correct the setting at the file and line shown, then start again. The handbook lists all settings.",
    vendor="configuration refused at start",
)
