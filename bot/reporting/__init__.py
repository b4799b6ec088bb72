"""The reporting hub: what every unit did in a day or a month, judged by the indicators of QĐ 766/QĐ-TTg, sent to one place."""
