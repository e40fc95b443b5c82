"""Chinese: a month has no leading nought."""

MONTH_DAY_FORMAT = "n月j日"
