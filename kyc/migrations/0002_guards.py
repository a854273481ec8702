"""What Django's models cannot say: an audit trail nobody rewrites, and two worlds that do not touch."""

from django.db import migrations

APPEND_ONLY = ["kyc_auditrow", "kyc_auditlink", "kyc_audithead", "kyc_decision"]

# every table with a customer and a world: (customer, world) must be that customer's world
IN_A_WORLD = [
    "kyc_address",
    "kyc_appeal",
    "kyc_attestation",
    "kyc_case",
    "kyc_consent",
    "kyc_decision",
    "kyc_document",
    "kyc_hit",
    "kyc_hold",
    "kyc_identifier",
    "kyc_informationrequest",
    "kyc_invitation",
    "kyc_member",
    "kyc_othername",
    "kyc_provideraccount",
    "kyc_relatedparty",
    "kyc_rememberedclearance",
    "kyc_riskassessment",
    "kyc_screening",
    "kyc_usedeclaration",
    "kyc_verification",
    # customer may be null here: MATCH SIMPLE then asks nothing
    "kyc_accessdecision",
    "kyc_sighting",
]

REFUSE = """
CREATE FUNCTION kyc_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def guards() -> list[migrations.RunSQL]:
    operations = [migrations.RunSQL(REFUSE, "DROP FUNCTION kyc_refuse_change()")]
    for table in APPEND_ONLY:
        operations.append(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION kyc_refuse_change();"
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION kyc_refuse_change();",
                f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
            )
        )
    for table in IN_A_WORLD:
        operations.append(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_same_world FOREIGN KEY (customer_id, world) "
                f"REFERENCES kyc_customer (id, world) DEFERRABLE INITIALLY DEFERRED;",
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_same_world;",
            )
        )
    return operations


class Migration(migrations.Migration):
    dependencies = [("kyc", "0001_initial")]
    operations = guards()
