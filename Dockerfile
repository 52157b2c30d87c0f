# One image for every service; docker-compose.yml says what each runs. See docs/deploy.md.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
WORKDIR /app
COPY requirements.txt ./
COPY requirements/ requirements/
RUN /venv/bin/pip install -r requirements.txt
# Extras of requirements/ by name, blanks between: docker compose gives them from .env.
ARG EXTRAS=
RUN for extra in $EXTRAS; do /venv/bin/pip install -r "requirements/$extra.txt" || exit 1; done
COPY . .
# Settings want their variables even to collect files; these exist in this one step only.
RUN /venv/bin/python scripts/compile_messages.py \
    && GEZHI_ENV=production SECRET_KEY=only-while-the-image-is-built-0123456789 \
       FIELD_KEYS=b25seS13aGlsZS10aGUtaW1hZ2UtaXMtYnVpbHQtISE= \
       ALLOWED_HOSTS=build.invalid DATABASE_URL=postgresql://build@build.invalid/build \
       REDIS_URL=redis://build.invalid/0 \
       /venv/bin/python manage.py collectstatic --noinput -v 0

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=governance.settings
# A new volume takes over the owner of the directory that it covers.
RUN useradd --system --uid 10001 --no-create-home gezhi && install -d -o gezhi -g gezhi -m 0700 /data/media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER gezhi
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "1", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "5", \
     "governance.wsgi:application"]
