from django.urls import path

from volunteers.views import mine, public, teams

app_name = "volunteers"
urlpatterns = [
    # everybody
    path("", public.choose, name="choose"),
    path("door/<slug:token>/", public.door, name="door"),
    path("at/<slug:code>/", public.place, name="place"),
    path("at/<slug:code>/stations/", public.stations, name="stations"),
    path("at/<slug:code>/join/", public.join, name="join"),
    path("teams/<int:pk>/", teams.team, name="team"),
    # volunteers
    path("at/<slug:code>/move/", public.move, name="move"),
    path("teams/<int:pk>/<slug:verb>/", teams.act, name="team_act"),
    path("mine/", mine.mine, name="mine"),
    path("mine/data/", mine.data, name="data"),
    path("mine/erase/", mine.forget, name="erase"),
    path("mine/<slug:verb>/", mine.act, name="act"),
]
