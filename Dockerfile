# One image for web, worker, beat and migrate (docker-compose.yml). It holds no secret and no development tool.
FROM python:3.11-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/base.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=ent.settings \
    ENT_HOME=/srv/ent STATIC_ROOT=/opt/static MEDIA_ROOT=/srv/ent/media
RUN useradd --system --uid 10001 --home-dir /srv/ent --create-home --skel /dev/null ent \
    && install --directory --owner=ent --group=ent --mode=0700 /srv/ent/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/ent
COPY . .
# By django-admin and not manage.py: there is no database here, and none is wanted. The permissions of uploads, which
# Django gives to static files too, would hide them from the account that serves them.
RUN python -m compileall -q . \
    && django-admin collectstatic --noinput --verbosity=0 --pythonpath=. \
    && chmod -R a+rX /opt/static
USER ent
EXPOSE 8000
# One worker a core (WEB_CONCURRENCY): more are slower. Access logs are the reverse proxy's.
CMD ["gunicorn", "ent.wsgi", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/dev/shm", "--no-control-socket"]
