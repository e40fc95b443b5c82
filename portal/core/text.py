def clean_text(text, *, max_length, multiline):
    return (text or "").strip()
