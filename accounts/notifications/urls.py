from django.urls import path

from accounts.notifications import views

urlpatterns = [
    path("nouveautes/", views.notifications, name="notifications"),
    path("nouveautes/lues/", views.read_all, name="notifications-read"),
    path("nouveautes/<int:pk>/", views.open_one, name="notification"),
]
