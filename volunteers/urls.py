from django.urls import path

from volunteers.views import (
    activities,
    attendance,
    feeds,
    hours,
    mine,
    planning,
    public,
    running,
    teams,
    wish_steps,
    wishes,
)

app_name = "volunteers"
urlpatterns = [
    # everybody
    path("", public.choose, name="choose"),
    path("certificates/", hours.certificates, name="certificates"),
    path("door/<slug:token>/", public.door, name="door"),
    path("at/<slug:code>/", public.place, name="place"),
    path("at/<slug:code>/activities/", activities.coming, name="activities"),
    path("at/<slug:code>/activities.ics", feeds.calendar, name="calendar"),
    path("at/<slug:code>/stations/", public.stations, name="stations"),
    path("at/<slug:code>/join/", public.join, name="join"),
    path("at/<slug:code>/wishes/", wishes.there, name="wishes_there"),
    path("at/<slug:code>/wishes/new/", wishes.make, name="make_wish"),
    path("activities/<int:pk>/", activities.activity, name="activity"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("wishes/<int:pk>/", wish_steps.wish, name="wish"),
    # whoever has made a wish without an account
    path("wishes/own/<slug:secret>/", wish_steps.own, name="own_wish"),
    path("wishes/own/<slug:secret>/<slug:verb>/", wish_steps.own_step, name="own_wish_step"),
    # volunteers
    path("activities/", activities.find, name="find"),
    path("activities/<int:pk>/check-in/", attendance.check_in, name="check_in"),
    path("shifts/<int:pk>/", activities.sign_up, name="sign_up"),
    path("sign-ups/<int:pk>/cancel/", activities.cancel, name="cancel"),
    path("hours/<int:pk>/", hours.service, name="service"),
    path("hours/<int:pk>/correct/", hours.correct, name="correct"),
    path("at/<slug:code>/move/", public.move, name="move"),
    path("teams/<int:pk>/<slug:verb>/", teams.act, name="team_act"),
    path("mine/", mine.mine, name="mine"),
    path("mine/certificate/", hours.certificate, name="certificate"),
    path("mine/data/", mine.data, name="data"),
    path("mine/erase/", mine.forget, name="erase"),
    path("mine/hours/", hours.hours, name="hours"),
    path("mine/shifts/", attendance.shifts, name="shifts"),
    path("mine/wishes/", wishes.mine, name="my_wishes"),
    path("mine/<slug:verb>/", mine.act, name="act"),
    # whoever may claim wishes, has one, or runs volunteering
    path("wishes/", wishes.around, name="wishes"),
    path("wishes/<int:pk>/<slug:verb>/", wish_steps.step, name="wish_step"),
    # those who run an activity: the leader of its team, and whoever runs volunteering there
    path("teams/<int:pk>/activities/new/", planning.plan, name="plan"),
    path("run/<int:pk>/", running.run, name="run"),
    path("run/<int:pk>/add/", planning.add, name="run_add"),
    path("run/<int:pk>/call-off/", running.call_off, name="call_off"),
    path("run/<int:pk>/code/", running.code, name="run_code"),
    path("run/<int:pk>/hours/", planning.hours, name="run_hours"),
    path("run/<int:pk>/settle/", running.settle, name="settle"),
    path("run/<int:pk>/shift/", planning.shift, name="plan_shift"),
    path("run/<int:pk>/<slug:verb>/", running.act, name="run_act"),
    path("hours/<int:pk>/refuse/", hours.refuse, name="refuse_hours"),
    path("hours/<int:pk>/<slug:verb>/", hours.act, name="hours_act"),
    path("sign-ups/<int:pk>/<slug:verb>/", running.tick, name="tick"),
]
