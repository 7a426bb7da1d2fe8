"""The numbers of a program, as Prometheus reads them: a registry of its own, and every log event counted."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from seqmarket.service.log import EVENTS, Say

NAMESPACE = "seqmarket"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """A program's registry. Names get `seqmarket_` before them; memory, processor time and open files of the process are in it from the start.

    >>> metrics = Metrics()
    >>> metrics.gauge("round", "The newest round.").set(7)
    >>> [line for line in metrics.page().decode().splitlines() if line.startswith("seqmarket_round")]
    ['seqmarket_round 7.0']
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._events = self.counter("events", "Log events by their name.", "event")

    def counter(self, name: str, about: str, *labels: str) -> Counter:
        """A number that only rises; `_total` is put behind its name."""
        return Counter(name, about, labels, namespace=NAMESPACE, registry=self.registry)

    def gauge(self, name: str, about: str, *labels: str) -> Gauge:
        """A number that rises and falls."""
        return Gauge(name, about, labels, namespace=NAMESPACE, registry=self.registry)

    def histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        """Numbers sorted into buckets, `buckets` being their upper ends."""
        return Histogram(name, about, labels, namespace=NAMESPACE, registry=self.registry, buckets=buckets)

    def counting(self, say: Say) -> Say:
        """A `Say` that counts each event and passes it on; names outside of EVENTS count as `other`, so that labels can't grow without end."""

        def counted(event: str, **told: object) -> None:
            self._events.labels(event if event in EVENTS else "other").inc()
            say(event, **told)

        return counted

    def page(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
