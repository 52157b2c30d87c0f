from django.contrib import admin
from django.urls import path

from desk import views
from desk.admin import lists, rates, snapshots
from desk.tables import TABLES

app_name = "desk"
staff = admin.site.admin_view
urlpatterns = [
    path("", views.today, name="today"),
    # Within the staff admin; these come before it, since it answers everything below its address.
    path("admin/lists/rates/", staff(rates.show), name="rates"),
    path("admin/lists/snapshots/", staff(snapshots.index), name="snapshots"),
    path("admin/lists/snapshots/<int:pk>/", staff(snapshots.show), name="snapshot"),
    path("admin/lists/filters/<int:pk>/drop/", staff(lists.drop_filter), name="drop_filter"),
    *(
        path(f"admin/lists/{table.key}/", staff(lists.show), {"key": table.key}, name=f"list_{table.key}")
        for table in TABLES
    ),
    path("admin/lists/<slug:key>/", staff(lists.show), name="list"),
    path("admin/lists/<slug:key>/snapshot/", staff(lists.snapshot), name="take_snapshot"),
    path("admin/lists/<slug:key>/filter/", staff(lists.keep_filter), name="keep_filter"),
]
