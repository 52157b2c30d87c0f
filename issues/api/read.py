"""What issues look like to other systems. Reading only; times are UTC or carry their offset."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.secrets import mask_phone
from grids.api.fields import PartyField
from grids.api.serializers import LineageSerializer, level_words
from issues.api import shown, words
from issues.kinds import rating_source_choices
from issues.models import Attachment, Category, Issue, Reporter
from issues.questions import TYPES
from trail.api.fields import WordField


def moment(text: str, **options: Any) -> serializers.DateTimeField:
    """A point in time that may still be missing."""
    return serializers.DateTimeField(allow_null=True, help_text=text, **options)


@extend_schema_field(
    {
        "type": "object",
        "required": ["key", "label"],
        "properties": {
            "key": {"type": "string", "description": "Key of the category."},
            "label": {"type": "string", "description": "Its name in the reader's language."},
        },
    }
)
class CategoryWordField(serializers.Field):
    def to_representation(self, value: Category) -> dict[str, str]:
        return {"key": value.key, "label": value.label}


class ChoiceSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="What is sent as the answer.")
    label = serializers.CharField(help_text="In Chinese.")
    label_en = serializers.CharField(help_text="In English.")


class QuestionSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Key of the answer in `answers`.")
    label = serializers.CharField(help_text="The question in Chinese.")
    label_en = serializers.CharField(help_text="The question in English.")
    type = serializers.ChoiceField(
        TYPES,
        help_text="A line or text, a number, a day (2026-03-10), a key of `choices`, several of them as a list, "
        "or true or false.",
    )
    required = serializers.BooleanField(help_text="It must be answered.")
    choices = ChoiceSerializer(many=True, help_text="Of a choice or several.")
    danger = serializers.ListField(
        help_text="Answers (true, false or keys of `choices`) that make it a danger: tell whoever gives one to call "
        "119, 110 or 120 first. The three levels are called then, whatever the category."
    )


class CategorySerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Never changes.")
    label = serializers.CharField(help_text="Its name in the reader's language.")
    name = serializers.CharField(help_text="Its name in Chinese.")
    name_en = serializers.CharField(help_text="Its name in English.")
    advice = serializers.CharField(
        allow_blank=True,
        help_text="What belongs here, in the reader's language; empty where it is not written.",
    )
    hint = serializers.CharField(allow_blank=True, help_text="What belongs here, in Chinese.")
    hint_en = serializers.CharField(allow_blank=True, help_text="What belongs here, in English.")
    parent = serializers.CharField(
        source="parent.key", default=None, allow_null=True, help_text="Key of the group."
    )
    kind = WordField(words.kind_words, help_text="What kind of issue it usually is.")
    handled_at = WordField(
        level_words, allow_null=True, help_text="Level that gets it by rule; null: the community screens it."
    )
    is_danger = serializers.BooleanField(help_text="Skips the queue and calls three levels at once.")
    for_residents = serializers.BooleanField(help_text="Offered to residents.")
    about_somebody = serializers.BooleanField(
        help_text="A complaint about somebody: `about`, `about_body` or `about_person` is asked for."
    )
    is_active = serializers.BooleanField(help_text="In use; only such a category can be reported.")
    questions = serializers.SerializerMethodField(
        help_text="What is asked besides, in the caller's district."
    )

    @extend_schema_field(QuestionSerializer(many=True))
    def get_questions(self, category: Category) -> list[dict[str, Any]]:
        asked = self.context["rules"].questions_for(category.key, category.asked)
        return QuestionSerializer(asked, many=True).data


class PlaceSerializer(serializers.Serializer):
    code = serializers.CharField(source="place_code", help_text="Code of the unit where it happened.")
    label = serializers.CharField(source="place_label", help_text="What the place was called then.")
    spot = serializers.CharField(allow_blank=True, help_text="Where exactly, in the reporter's words.")
    lon = serializers.FloatField(allow_null=True, help_text="Longitude in degrees of `crs`, usually WGS-84.")
    lat = serializers.FloatField(allow_null=True, help_text="Latitude in degrees of `crs`, usually WGS-84.")


class IssueRowSerializer(serializers.Serializer):
    """An issue as lists show it."""

    code = serializers.CharField(help_text="Tracking code: 16 letters and digits; the id in addresses.")
    number = serializers.CharField(help_text="Work-order number that staff use.")
    version = serializers.IntegerField(
        help_text="Number of its last event; send it back to notice changes (409)."
    )
    state = WordField(words.state_words, help_text="Where in its life it is.")
    source = WordField(words.source_words, help_text="Where it came from.")
    kind = WordField(words.kind_words, help_text="What it is.")
    category = CategoryWordField(help_text="What it is about.")
    is_danger = serializers.BooleanField(help_text="A danger: never waits.")
    text = serializers.CharField(help_text="What is the matter.")
    place = PlaceSerializer(source="*", help_text="Where it happened.")
    owner = PartyField(help_text="Who has it now, or had it last.")
    open_whistles = serializers.IntegerField(help_text="Number of whistles that are not finished.")
    outcome = WordField(
        words.outcome_words, allow_null=True, help_text="What came of it; null before a result."
    )
    due_at = moment("Until when its owner must take the next step; null once it has ended.")
    due_provisional = serializers.BooleanField(
        help_text="The calendar of that year is not out yet; may move."
    )
    is_overdue = serializers.SerializerMethodField(help_text="Open and past `due_at`.")
    promised_at = moment("The date that the reporter was given.")
    reported_at = serializers.DateTimeField(help_text="When it was reported.")
    closed_at = moment("When it ended.")

    def get_is_overdue(self, issue: Issue) -> bool:
        return shown.is_overdue(issue, self.context["now"])

    def to_representation(self, issue: Issue) -> dict[str, Any]:
        return shown.row(issue, self.context["now"], self.context.get("fields"))


class ClockSerializer(serializers.Serializer):
    clock = WordField(words.clock_words, help_text="What must be done.")
    due_at = serializers.DateTimeField(source="limit_at", help_text="By when.")
    provisional = serializers.BooleanField(help_text="The calendar of that year is not out yet; may move.")


class CalleeSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its id in addresses.")
    party = PartyField(help_text="Who was called.")
    is_lead = serializers.BooleanField(help_text="Leads the others.")
    state = WordField(words.callee_state_words, help_text="How far it is.")
    raised_to = PartyField(help_text="The level above that may answer for it since it stayed silent.")
    due_at = moment("Until when it must take the next step; null when done.")
    clocks = ClockSerializer(many=True, help_text="Its deadlines that still run.")
    mode = WordField(words.mode_words, allow_null=True, help_text="How it reported in; null before.")
    acknowledged_at = moment("When it acknowledged.")
    reported_in_at = moment("When it reported in.")
    done_at = moment("When it was done.")
    ended_at = moment("When it declined or was released instead.")
    chased_at = moment("When somebody last asked it to hurry.")
    verdict = WordField(
        words.verdict_words, allow_null=True, help_text="The caller's assessment; null before, and to others."
    )
    validity = WordField(
        words.validity_words,
        allow_null=True,
        help_text="What it said of having been called; null before, and to others.",
    )
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Verbs that the caller may do for it now."
    )


class StageSerializer(serializers.Serializer):
    number = serializers.IntegerField(help_text="From 1 on.")
    text = serializers.CharField(help_text="What is done by then.")
    due_at = serializers.DateTimeField(help_text="By when.")
    done_at = moment("When it was done.")


class WhistleSerializer(serializers.Serializer):
    kind = WordField(words.whistle_words, help_text="Quick, tough or emergency.")
    caller = PartyField(help_text="Who called.")
    called_at = serializers.DateTimeField(help_text="When.")
    remote_ok = serializers.BooleanField(
        help_text="The caller agrees that those called report in by telephone or online."
    )
    reviewed_at = moment("When the street agreed to it, where it reviews such whistles.")
    met_at = moment("When those called had their joint meeting.")
    finished_at = moment("When the last one was done.")
    stages = StageSerializer(many=True, help_text="The plan of a tough whistle.")
    callees = CalleeSerializer(many=True, help_text="Those who were called.")


class TaskSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its id in addresses.")
    party = PartyField(help_text="Who does this part.")
    state = WordField(words.task_state_words, help_text="How far it is.")
    raised_to = PartyField(help_text="The level above that may take it since its party stayed silent.")
    due_at = moment("Until when it must take the next step; null once it has ended.")
    limit_at = serializers.DateTimeField(help_text="By when it is to be finished.")
    clocks = ClockSerializer(many=True, help_text="Its deadlines that still run.")
    given_at = serializers.DateTimeField(help_text="When it was given.")
    signed_at = moment("When it was taken on.")
    ended_at = moment("When it was finished, given back or called off.")
    chased_at = moment("When somebody last asked it to hurry.")
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Verbs that the caller may do about it now."
    )


class DecisionSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its id in addresses.")
    kind = WordField(words.decision_words, help_text="What is to be decided or answered.")
    party = PartyField(help_text="Who decides, or must answer.")
    asker = PartyField(help_text="Who asked for it.")
    state = WordField(words.decision_state_words, help_text="What became of it.")
    raised_to = PartyField(help_text="The level above that may decide since its party stayed silent.")
    until = moment("The date that is asked for, where one is.")
    cause = WordField(
        words.cause_words, allow_null=True, help_text="Cause of a suspension; null for everything else."
    )
    outcome = WordField(
        words.outcome_words, allow_null=True, help_text="Outcome of a reply to approve; null else."
    )
    text = serializers.CharField(allow_blank=True, help_text="Words that wait with it: the reply to approve.")
    category = CategoryWordField(
        allow_null=True, help_text="What a danger would be instead; null for everything else."
    )
    letter = serializers.CharField(
        source="number", allow_blank=True, help_text="Number of a supervision letter."
    )
    callee = serializers.IntegerField(
        source="callee_id", allow_null=True, help_text="Id of the one called whom it is about; null else."
    )
    task = serializers.IntegerField(
        source="task_id", allow_null=True, help_text="Id of the sub-task that it is about; null else."
    )
    due_at = moment("By when it is to be decided or answered; null once it has been.")
    clocks = ClockSerializer(many=True, help_text="Its deadlines that still run.")
    asked_at = serializers.DateTimeField(help_text="When it was asked for.")
    ended_at = moment("When it was decided, answered or dropped.")
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Verbs that the caller may do about it now."
    )


class PhotoSerializer(serializers.Serializer):
    url = serializers.SerializerMethodField(
        help_text="Where to get it; asks for the same rights as the issue."
    )
    width = serializers.IntegerField(help_text="In pixels.")
    height = serializers.IntegerField(help_text="In pixels.")
    size = serializers.IntegerField(help_text="In bytes.")
    internal = serializers.BooleanField(help_text="For staff only.")

    def get_url(self, photo: Attachment) -> str:
        return shown.photo_url(photo)


class NoteSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="The words.")
    internal = serializers.BooleanField(help_text="For staff only.")


class LineSerializer(serializers.Serializer):
    seq = serializers.IntegerField(help_text="Counts the events of the issue from 1.")
    verb = serializers.CharField(help_text="What happened: a verb of the API, or a step of the escalation.")
    words = serializers.CharField(help_text="The same as a sentence in the reader's language.")
    who = serializers.CharField(allow_blank=True, help_text="Place, role and name; empty for the system.")
    at = serializers.DateTimeField(help_text="When it happened, as its doer says (offline work comes late).")
    recorded_at = serializers.DateTimeField(help_text="When it was recorded.")
    notes = NoteSerializer(many=True, help_text="What was written.")
    photos = PhotoSerializer(many=True, help_text="What was photographed.")


class RatingSerializer(serializers.Serializer):
    round = serializers.IntegerField(help_text="Number of the result that was rated, from 1.")
    answered = serializers.BooleanField(help_text="Was I answered?")
    solved = serializers.BooleanField(help_text="Is it solved?")
    satisfied = serializers.BooleanField(help_text="Am I satisfied?")
    source = serializers.ChoiceField(
        rating_source_choices(),
        help_text="link: the reporter rated it; call: somebody called them and wrote down what they said.",
    )
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the district's reasons for what was not."
    )
    rated_at = serializers.DateTimeField(help_text="When.")


class ReporterSerializer(serializers.Serializer):
    name = serializers.SerializerMethodField(help_text="First character of the name, the rest masked.")
    phone = serializers.SerializerMethodField(help_text="Masked: 138****1234.")

    def get_name(self, reporter: Reporter) -> str:
        return shown.masked_name(reporter)

    def get_phone(self, reporter: Reporter) -> str:
        return mask_phone(reporter.phone)


class HotlineRoundSerializer(serializers.Serializer):
    """A time that the hotline had sent it before."""

    number = serializers.IntegerField(help_text="From 1 on.")
    dispatched_at = moment("When the hotline dispatched it; null where it does not say.")
    deadline_at = serializers.DateTimeField(help_text="Until when it was to be dealt with.")
    ended_at = moment("When the result was handed in, or the order returned.")
    outcome = WordField(words.round_words, help_text="What came of it; `returned`: to the hotline.")


class RelatedOrderSerializer(serializers.Serializer):
    """An order that the hotline ties to this one, in either direction."""

    number = serializers.CharField(help_text="The hotline's own number.")
    issue = serializers.CharField(
        allow_null=True, help_text="Tracking code of its issue; null where the caller sees none."
    )


class HotlineSerializer(serializers.Serializer):
    """The hotline's side of an issue."""

    number = serializers.CharField(help_text="The hotline's own number.")
    nature = WordField(
        words.nature_words,
        allow_null=True,
        help_text="What it asks of this district: lead, assist, or passed on; null where it does not say.",
    )
    related = RelatedOrderSerializer(many=True, help_text="Orders that the hotline ties to it (关联单号).")
    dispatched_at = moment("When the hotline dispatched it; null where it does not say.")
    deadline_at = serializers.DateTimeField(help_text="The hotline's deadline, which wins over ours.")
    round = serializers.IntegerField(help_text="Which time it is that the hotline has sent it, from 1.")
    earlier = HotlineRoundSerializer(many=True, help_text="The rounds before this one, the oldest first.")


class AlertOfIssueSerializer(serializers.Serializer):
    """The alert of another system behind an issue."""

    key = serializers.CharField(help_text="The sender's key for what is wrong (`dedupe_key`).")
    severity = WordField(words.severity_words, help_text="The worst severity that was sent with it.")
    thing = serializers.CharField(allow_blank=True, help_text="Device or thing, as its sender calls it.")
    count = serializers.IntegerField(help_text="How often it was sent for this issue.")
    last_at = serializers.DateTimeField(help_text="When it was sent last.")


def place_code(level: str, text: str) -> serializers.CharField:
    return serializers.CharField(source=f"{level}.code", allow_null=True, help_text=text)


class IssueLineageSerializer(LineageSerializer):
    district = place_code("district", "Code of its district.")
    street = place_code("street", "Code of its street or town.")
    community = place_code("community", "Code of its community or village.")
    grid = place_code("grid", "Code of its grid.")
    building = place_code("building", "Code of its building.")


class IssueSerializer(IssueRowSerializer):
    """An issue with everything that the caller may see of it."""

    lineage = IssueLineageSerializer(source="*", help_text="The units that the place lies in now.")
    hotline = HotlineSerializer(
        allow_null=True, help_text="Of an order of the 12345 hotline, for staff; null for all others."
    )
    alert = AlertOfIssueSerializer(allow_null=True, help_text="Of an alert of another system; null else.")
    keeper = PartyField(help_text="Who stays responsible until the owner has signed; null if nobody.")
    about = PartyField(help_text="Whom it complains about, for staff; they do not see it. Null for nobody.")
    about_person = serializers.CharField(allow_null=True, help_text="The one person of them who is meant.")
    proposed = PartyField(
        help_text="Where it was said to belong when it was returned or corrected; null to others."
    )
    leader = serializers.CharField(
        allow_null=True,
        help_text="Name of the leader who took it on in person; null if nobody, and to others.",
    )
    on_behalf = serializers.BooleanField(help_text="Registered by staff for somebody else.")
    is_mine = serializers.SerializerMethodField(help_text="The caller registered it.")
    disputed = serializers.BooleanField(
        help_text="The result is reviewed: the reporter calls it unsolved, a check after two redos found it not in order,"
        " or the hotline sent it again after them. It stays so when the reviewer ends it."
    )
    redo_count = serializers.IntegerField(help_text="How often it was sent back.")
    received_at = serializers.DateTimeField(help_text="When the platform got it.")
    assigned_at = serializers.DateTimeField(help_text="When its owner got it.")
    signed_at = moment("When it was signed for.")
    contacted_at = moment("When the resident was first contacted.")
    resolved_at = moment("When the result was submitted.")
    answers = serializers.DictField(help_text="Answers to the category's questions, by their keys.")
    clocks = ClockSerializer(many=True, help_text="Its own deadlines that still run.")
    whistles = WhistleSerializer(many=True, help_text="Whistles, the oldest first.")
    tasks = TaskSerializer(many=True, help_text="Sub-tasks, the oldest first.")
    decisions = DecisionSerializer(
        many=True, help_text="What was to be decided or answered, the oldest first."
    )
    timeline = LineSerializer(many=True, help_text="What happened, the oldest first.")
    ratings = RatingSerializer(many=True, help_text="The reporter's verdicts.")
    reporter = ReporterSerializer(
        allow_null=True,
        help_text="Contact data, masked; null without any, or where the caller's post has none.",
    )
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Verbs that the caller may do now."
    )

    def to_representation(self, sheet: Any) -> dict[str, Any]:
        return shown.whole(sheet, self.context["request"].user, self.context["now"])

    def get_is_mine(self, sheet: Any) -> bool:
        return sheet.issue.registered_by_id == self.context["request"].user.pk
