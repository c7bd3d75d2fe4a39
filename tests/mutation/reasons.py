"""Why survivors survive: (place, change, reason), both regular expressions; the first that fits counts."""

REASONS: list[tuple[str, str, str]] = []
