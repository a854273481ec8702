"""The gate's answers name their customer without a foreign key, which was most of what writing one cost.

The ledger locks each customer of a writing once (kyc/access/ledger.py), as the key did for each row. The other half of
the key stays: a customer whom an answer names cannot be deleted, renumbered, or moved to the other world.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE FUNCTION kyc_keep_answered_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM kyc_accessdecision WHERE customer_id = OLD.id) THEN
        RAISE EXCEPTION 'answers of the gate name customer %', OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kyc_customer_is_answered AFTER DELETE ON kyc_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kyc_keep_answered_customer();
CREATE CONSTRAINT TRIGGER kyc_customer_stays_answered AFTER UPDATE ON kyc_customer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.world <> NEW.world)
    EXECUTE FUNCTION kyc_keep_answered_customer();
"""
UNGUARD = """
DROP TRIGGER kyc_customer_is_answered ON kyc_customer;
DROP TRIGGER kyc_customer_stays_answered ON kyc_customer;
DROP FUNCTION kyc_keep_answered_customer();
"""
SAME_WORLD = """
ALTER TABLE kyc_accessdecision ADD CONSTRAINT kyc_accessdecision_same_world
    FOREIGN KEY (customer_id, world) REFERENCES kyc_customer (id, world) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("kyc", "0016_fewer_indexes_of_answers")]
    operations = [
        migrations.RunSQL("ALTER TABLE kyc_accessdecision DROP CONSTRAINT kyc_accessdecision_same_world;", SAME_WORLD),
        migrations.AlterField(
            model_name="accessdecision",
            name="customer",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="access_decisions",
                to="kyc.customer",
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
