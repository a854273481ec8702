"""The database itself writes down what the gate must read again: no writer can forget to say so."""

from django.db import migrations

NOTE = """
CREATE FUNCTION kyc_note_access_change() RETURNS trigger LANGUAGE plpgsql AS $$
-- arguments: what changed, and the column that names the customer ('' where it concerns no one customer)
DECLARE
    before bigint;
    after bigint;
BEGIN
    IF TG_ARGV[1] <> '' AND TG_OP <> 'INSERT' THEN before := (to_jsonb(OLD) ->> TG_ARGV[1])::bigint; END IF;
    IF TG_ARGV[1] <> '' AND TG_OP <> 'DELETE' THEN after := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint; END IF;
    IF before IS NOT NULL AND before IS DISTINCT FROM after THEN
        INSERT INTO kyc_accesschange (what, customer_pk, xid, at)
        VALUES (TG_ARGV[0], before, pg_current_xact_id()::text::bigint, clock_timestamp());
    END IF;
    IF after IS NOT NULL OR TG_ARGV[1] = '' THEN
        INSERT INTO kyc_accesschange (what, customer_pk, xid, at)
        VALUES (TG_ARGV[0], after, pg_current_xact_id()::text::bigint, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
"""

# table, what changed, the column naming the customer, which updates matter ("" for all)
WATCHED = [
    ("kyc_customer", "customer", "id", "status tier world residence_country public_id"),
    ("kyc_hold", "customer", "customer_id", ""),
    ("kyc_attestation", "customer", "customer_id", ""),
    ("kyc_usedeclaration", "customer", "customer_id", ""),
    ("kyc_provideraccount", "customer", "customer_id", ""),
    ("kyc_decision", "customer", "customer_id", ""),
    ("kyc_passedchallenge", "customer", "customer_id", ""),
    ("kyc_cataloguemodel", "catalogue", "", ""),
    ("kyc_licenceterms", "catalogue", "", ""),
    ("kyc_operatorrange", "ranges", "", ""),
    ("kyc_locationcorrection", "ranges", "", ""),
    ("accounts_apiclient", "keys", "", ""),
    ("accounts_apikey", "keys", "", "client_id prefix secret_sha256 scopes expires_at revoked_at"),
]


def watch(table: str, what: str, column: str, columns: str) -> migrations.RunSQL:
    call = f"EXECUTE FUNCTION kyc_note_access_change('{what}', '{column}')"
    # a new customer is in nobody's memory: only what is known is remembered
    written = "DELETE" if table == "kyc_customer" else "INSERT OR DELETE"
    differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns.split())
    when = f"WHEN ({differs}) " if differs else ""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_for_gate AFTER {written} ON {table} FOR EACH ROW {call};"
        f"CREATE TRIGGER {table}_changed_for_gate AFTER UPDATE ON {table} FOR EACH ROW {when}{call};",
        f"DROP TRIGGER {table}_for_gate ON {table}; DROP TRIGGER {table}_changed_for_gate ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("kyc", "0005_gate_memory"), ("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(NOTE, "DROP FUNCTION kyc_note_access_change()"),
        *[watch(*row) for row in WATCHED],
        # (customer, world) of a passed challenge must be that customer's world, as everywhere
        migrations.RunSQL(
            "ALTER TABLE kyc_passedchallenge ADD CONSTRAINT kyc_passedchallenge_same_world "
            "FOREIGN KEY (customer_id, world) REFERENCES kyc_customer (id, world) DEFERRABLE INITIALLY DEFERRED;",
            "ALTER TABLE kyc_passedchallenge DROP CONSTRAINT kyc_passedchallenge_same_world;",
        ),
    ]
