from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.notifications.kinds import Kind, kind

CHANGED = kind(Kind("pedagogy.lesson.changed", _("Un cours a changé"), "clock-alert", is_mailed=True))
