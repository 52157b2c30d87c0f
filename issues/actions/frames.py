"""Words that somebody wrote into a sentence of ours: kept alone, so that every reader gets the sentence in
their own language, and erasable like any other words."""

from issues.actions.step import Step
from issues.models import Note


def keep_framed(step: Step, frame: str, words: str) -> None:
    """Keep the words beside the event that this step will record; the event names the note (issues.sentences,
    FRAMES). The resident reads them."""
    note = Note.objects.create(
        issue=step.issue,
        seq=step.issue.version + 1,
        internal=False,
        text=words.strip(),
        author=step.by,
        created_at=step.now,
    )
    step.data["frames"] = step.data.get("frames", {}) | {frame: note.pk}
