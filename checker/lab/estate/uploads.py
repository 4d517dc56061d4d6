"""What was uploaded: files, the rows that were taken over from them, and the errors of those that were not.

A file is processed in its own time after it was handed in. Its state is worked out from the time when it is
asked for, so nothing has to run in the background.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from checker.core.clock import Clock

COLUMNS = ("record", "trust", "start_date")
PENDING_SECONDS = 0.1
PROCESSING_SECONDS = 0.4

_CAPACITY = 1000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUST = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not taken over. Rows are counted as a spreadsheet shows them: the header is row 1."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file held. `failure` is set where it could not be read at all."""

    imported: int = 0
    errors: tuple[RowError, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A file on its way; `submitted_at` by the monotonic clock, `uploaded_at` by the wall clock."""

    id: int
    file: str
    client: str
    submitted_at: float
    uploaded_at: float
    parsed: Parsed

    def status(self, now: float) -> str:
        """Return PENDING, IN_PROGRESS, COMPLETED or FAILED."""
        waited = now - self.submitted_at
        if waited < PENDING_SECONDS:
            return "PENDING"
        if waited < PENDING_SECONDS + PROCESSING_SECONDS:
            return "IN_PROGRESS"
        return "FAILED" if self.parsed.failure else "COMPLETED"

    def view(self, now: float) -> dict[str, object]:
        """Return the job as the API shows it: counts and errors appear when it is done."""
        status = self.status(now)
        parsed = self.parsed if status in {"COMPLETED", "FAILED"} else Parsed()
        return {
            "id": self.id,
            "fileName": self.file,
            "fileStatus": status,
            "username": self.client,
            "uploadedDate": datetime.fromtimestamp(self.uploaded_at, UTC).isoformat(timespec="milliseconds"),
            "successfullyImported": parsed.imported,
            "errorCount": len(parsed.errors),
            "errors": [{"row": e.row, "column": e.column, "message": e.message} for e in parsed.errors],
            "failure": parsed.failure,
        }


class Jobs:
    """All uploads, the newest first; what a restart of the service does not lose."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[int, Job] = {}
        self._last_id = 0

    def submit(self, file: str, client: str, content: bytes) -> int:
        """Take a file and return its job's id. Only the newest are remembered."""
        self._last_id += 1
        now, wall = self._clock.monotonic(), self._clock.wall()
        self._jobs[self._last_id] = Job(self._last_id, file, client, now, wall, parse(content))
        if len(self._jobs) > _CAPACITY:
            del self._jobs[next(iter(self._jobs))]
        return self._last_id

    def find(self, search: str, file: str) -> list[dict[str, object]]:
        """Return the jobs whose file is `file` and whose file or client contains `search`; empty means any."""
        now = self._clock.monotonic()
        found = (
            job for job in reversed(self._jobs.values()) if file in {"", job.file} and _mentions(job, search)
        )
        return [job.view(now) for job in found]

    def get(self, job_id: int) -> Job | None:
        """Return a job."""
        return self._jobs.get(job_id)

    def delete(self, job_id: int) -> None:
        """Forget a job and the rows that came with it."""
        del self._jobs[job_id]


def _mentions(job: Job, search: str) -> bool:
    return search.lower() in f"{job.file}\n{job.client}".lower()


def parse(content: bytes) -> Parsed:
    """Read a file: CSV, UTF-8, with the header `record,trust,start_date`."""
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(table)
    except (UnicodeDecodeError, csv.Error) as exc:
        return Parsed(failure=f"the file is not CSV in UTF-8: {exc}")
    if not rows or tuple(table.fieldnames or ()) != COLUMNS:
        return Parsed(failure=f"the file needs rows, and the header {','.join(COLUMNS)}")
    errors = tuple(error for number, row in enumerate(rows, start=2) if (error := _row_error(number, row)))
    return Parsed(len(rows) - len(errors), errors)


def _row_error(number: int, row: Mapping[str, str | None]) -> RowError | None:
    record, trust, start = (row[column] or "" for column in COLUMNS)
    if not record:
        return RowError(number, "record", "a record is required")
    if not _TRUST.fullmatch(trust):
        return RowError(number, "trust", f"{trust!r} is not a trust code")
    if not _is_date(start):
        return RowError(number, "start_date", f"{start!r} is not a date (YYYY-MM-DD)")
    return None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None
