from django.urls import path

from issues.models import PART_MODELS
from issues.views import chat, follow, outside, phone, photos, report, resident, solved

app_name = "issues"
urlpatterns = [
    # staff
    path("i/<slug:code>/", phone.issue, name="issue"),
    path("i/<slug:code>/contact/reveal/", phone.reveal, name="reveal"),
    *(
        path(f"i/<slug:code>/{on}s/<int:pk>/<slug:verb>/", phone.act, {"on": on}, name=f"act_{on}")
        for on in PART_MODELS
    ),
    path("i/<slug:code>/<slug:verb>/", phone.act, name="act"),
    path("report/", report.start, name="report"),
    path("report/chat/", chat.chat, name="chat"),
    path("report/<slug:code>/", report.report_here, name="report_here"),
    path("outside/", outside.outside, name="outside"),
    path("photo/<int:pk>/", photos.photo, name="photo"),
    # residents
    path("r/", resident.choose, name="resident"),
    path("r/at/<slug:code>/", resident.at, name="place"),
    path("r/at/<slug:code>/solved/", solved.page, name="solved_page"),
    path("r/at/<slug:code>/solved.atom", solved.feed, name="solved"),
    path("r/at/<slug:code>/report/", resident.report_at, name="report_at"),
    # Printed on doors: it answers with and without the slash, at once.
    path("r/<slug:token>/", resident.scan, name="scan"),
    path("r/<slug:token>", resident.scan),
    path("f/", follow.lookup, name="lookup"),
    path("f/<str:signed>/", follow.follow, name="follow"),
    path("f/<str:signed>/sent/", follow.sent, name="sent"),
    path("f/<str:signed>/photo/<int:pk>/", photos.public_photo, name="public_photo"),
    path("f/<str:signed>/<slug:verb>/", follow.act, name="follow_act"),
]
