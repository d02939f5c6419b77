-- The two roles and the database, by psql, as the cluster's superuser. Running it again changes nothing.
--   ent_owner owns the tables and migrates. CREATEDB is for the database of the tests.
--   ent_app is the application: owns nothing, and is held by every row-level security policy.
-- The embedded cluster and the official image (docker-compose.yml) both run this file; passwords are for the
-- image, where the roles come over the network.

\set ON_ERROR_STOP on
\getenv owner_password ENT_OWNER_PASSWORD
\getenv app_password ENT_APP_PASSWORD

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['ent_owner', 'ent_app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE ent_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION CREATEDB;
ALTER ROLE ent_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB;
\if :{?owner_password}
ALTER ROLE ent_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE ent_app PASSWORD :'app_password';
\endif

-- In template1, so that `ent` and each database of the tests are born with them.
\connect template1
ALTER DEFAULT PRIVILEGES FOR ROLE ent_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ent_app;
ALTER DEFAULT PRIVILEGES FOR ROLE ent_owner GRANT USAGE, SELECT ON SEQUENCES TO ent_app;

\connect postgres
SELECT 'CREATE DATABASE ent OWNER ent_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'ent') \gexec
-- PostgreSQL lets everybody make temporary tables; the application needs none, and a table that it owns has no policy.
REVOKE TEMPORARY ON DATABASE ent FROM PUBLIC;
