"""CloudWatch's alarms: moto keeps them but never judges, and dates each change of state to now."""

from datetime import UTC, datetime, timedelta

from checker.lab.cloud.api import Api


class Alarms:
    """The alarms of the account."""

    def __init__(self, api: Api) -> None:
        self._client = api.client("cloudwatch")
        self._state = api.state("cloudwatch")

    def create(self, name: str, namespace: str, metric: str, threshold: float) -> None:
        """Create an alarm that is content."""
        self._client.put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Statistic="Maximum",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=60,
            Threshold=threshold,
        )

    def go_off(self, name: str, reason: str, ago: timedelta = timedelta()) -> None:
        """Have an alarm be in ALARM for as long as `ago`."""
        self._is(name, "ALARM", reason, ago)

    def end(self, name: str) -> None:
        """Have an alarm be content again."""
        self._is(name, "OK", "the threshold is no longer crossed", timedelta())

    def _is(self, name: str, value: str, reason: str, ago: timedelta) -> None:
        self._client.set_alarm_state(AlarmName=name, StateValue=value, StateReason=reason)
        alarm, since = self._state.alarms[name], datetime.now(UTC) - ago
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp = since
