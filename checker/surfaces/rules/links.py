"""What an alert tells people: a sentence, the reasons as they are now, and where to go from there."""

from collections.abc import Mapping
from dataclasses import dataclass

REASONS = (
    "{{ with query (printf "
    '"sort_desc(count by (step, reason) (checker_probe_failure{job=%q,probe=%q}))" $labels.job $labels.probe'
    ") }}Seen: {{ range $place, $failure := . }}{{ if $place }}, {{ end }}"
    "{{ .Labels.reason }} in step {{ .Labels.step }} ({{ .Value }}×){{ end }}.{{ end }}"
)
"""The reasons and steps of the latest failures, asked for when the alert is evaluated: they may change
while it fires, and an alert with other labels would be another alert."""

_PROBES_IN_PROMETHEUS = (
    "{{ $externalURL }}/graph?g0.tab=0&g0.expr="
    '{{ printf "checker_probe_state{probe=%q} == 1" $labels.probe | urlquery }}'
)
_PROMETHEUS = "{{ $externalURL }}/graph?g0.tab=0&g0.expr=checker_build_info"


@dataclass(frozen=True, slots=True)
class Links:
    """Where alerts lead. `runbooks` is where docs/alerting.md can be read, for probes that name no runbook.

    The dashboard is a Grafana dashboard with a variable `probe`; without one, the checker's status page; where
    neither is known, Prometheus itself.
    """

    runbooks: str = "docs/alerting.md"
    dashboard: str = ""
    status_page: str = ""

    def about_probe(self, alert: str, summary: str, description: str) -> Mapping[str, str]:
        """Return the annotations of an alert that has the label `probe`."""
        return {
            "summary": summary,
            "description": description,
            "runbook_url": f'{{{{ or $labels.runbook "{self._page(alert)}" }}}}',
            "dashboard_url": self._probe_dashboard(),
        }

    def about_checker(self, alert: str, summary: str, description: str) -> Mapping[str, str]:
        """Return the annotations of an alert that is about no probe."""
        return {
            "summary": summary,
            "description": description,
            "runbook_url": self._page(alert),
            "dashboard_url": self.dashboard or self.status_page or _PROMETHEUS,
        }

    def _page(self, alert: str) -> str:
        return f"{self.runbooks}#{alert.lower()}"

    def _probe_dashboard(self) -> str:
        if self.dashboard:
            joint = "&" if "?" in self.dashboard else "?"
            return f"{self.dashboard}{joint}var-probe={{{{ $labels.probe | urlquery }}}}"
        if self.status_page:
            return f"{self.status_page.rstrip('/')}/probes/{{{{ $labels.probe }}}}"
        return _PROBES_IN_PROMETHEUS
