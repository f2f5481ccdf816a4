"""Law values as data: `parameters/*.yaml` and `rule_set.yaml`, read by `registry`. No value of the law stands in SQL or Python."""
