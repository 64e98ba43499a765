"""The rows of an upload's errors-only CSV: every stored fault, and in the end how many lines are not in it."""

from collections.abc import AsyncIterator

from central.insurers.check import LineFault, error_rows


async def listed(faults: AsyncIterator[LineFault], faulty: int) -> AsyncIterator[tuple[str, ...]]:
    """``faults`` in the order of lines; ``faulty``: the lines that have some (`staging.FAULTS_KEPT` are stored)."""
    lines, last = 0, 0
    async for fault in faults:
        lines, last = lines + (fault.line != last), fault.line
        for row in error_rows([fault]):
            yield row
    if faulty > lines:
        told = f"ほかに {faulty - lines:,} 行に誤りがあります。"
        yield ("", "", "", "", told, "この一覧の行を直して、もう一度検査してください。残りの行が示されます。")
