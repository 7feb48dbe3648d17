# A conftest policy over `weighmaster scan … -f json`: conftest test --policy docs/examples report.json
package main

import rego.v1

deny contains message if {
	input.verdict.outcome != "pass"
	message := sprintf("the scan came out %s: %s", [input.verdict.outcome, concat("; ", input.verdict.reasons)])
}

deny contains message if {
	some artifact in input.artifacts
	artifact.format == "pickle"
	artifact.size > 100000000
	message := sprintf("%s: pickles above 100 MB go through the conversion service first", [artifact.path])
}

warn contains message if {
	some finding in input.findings
	finding.severity in {"low", "medium"}
	not finding.waived
	message := sprintf("%s: %s (%s)", [finding.path, finding.message, finding.rule])
}
