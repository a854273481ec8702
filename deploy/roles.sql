-- Two roles, so that the product cannot do what only the owner of the tables may: rewrite the audit trail.
-- psql -v owner_password=... -v product_password=... -f roles.sql, as a superuser, on an empty cluster.
CREATE ROLE clearance_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE clearance LOGIN PASSWORD :'product_password';
CREATE DATABASE clearance OWNER clearance_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE clearance FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE clearance TO clearance;
\connect clearance
GRANT USAGE, CREATE ON SCHEMA public TO clearance_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE clearance_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO clearance;
ALTER DEFAULT PRIVILEGES FOR ROLE clearance_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO clearance;
