"""What writes the Grafana dashboards, with the types of Grafana's own SDK. `make dashboards` runs it.

Only development needs it: its output is committed twice, in grafana/dashboards for those who copy files and in
checker/surfaces/dashboards for those who install the package, and a test holds both equal to what it writes.
"""
