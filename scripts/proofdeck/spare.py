"""A process that waits for a lecture's next edit, so that the edit does not wait for it."""

from __future__ import annotations

import threading
from dataclasses import replace

from proofdeck.forks import prepare
from proofdeck.jobs import Job
from proofdeck.supervise import Session


class Spare:
    """At most one such process, with all loaded that the lecture imports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._session: Session | None = None
        self._closed = False

    def make(self, job: Job) -> None:
        """Start a process for `job` in the background, where none waits for it yet."""
        if job.threads == 1:  # others are not forked, and so have nothing loaded
            threading.Thread(target=self._make, args=[job], daemon=True).start()

    def _make(self, job: Job) -> None:
        with self._lock:
            if self._closed or (self._session and self._job == job):
                return
            self._end()
            prepare([job.imports])
            session = Session(job, None)
            if session.failure:
                session.end()
            else:
                self._job, self._session = job, session

    def take(self, job: Job, slots: threading.Semaphore) -> Session | None:
        """The process, where it can do `job`: it may have more loaded, as from the top."""
        if not self._lock.acquire(blocking=False):
            return None  # it is still being made
        try:
            waiting, session = self._job, self._session
            if not (waiting and session and session.is_alive):
                return None
            if replace(waiting, imports=job.imports) != job or not job.imports <= waiting.imports:
                return None
            self._job = self._session = None
            session.adopt(slots)
            return session
        finally:
            self._lock.release()

    def close(self) -> None:
        """End it; there is no other."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        if self._session:
            self._session.end()
        self._job = self._session = None
