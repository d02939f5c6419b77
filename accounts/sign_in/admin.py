"""The administration has no door of its own: one enters by the sign-in page, which counts the attempts."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
