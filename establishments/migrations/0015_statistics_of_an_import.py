from django.db import migrations

TABLES = (
    "accounts_user",
    "accounts_identifier",
    "establishments_membership",
    "establishments_group",
    "establishments_groupmembership",
    "establishments_teaching",
    "establishments_formteacher",
    "establishments_guardianship",
    "establishments_feedrecord",
    "establishments_schoolrun",
    "establishments_change",
)
# In the owner's name, and nothing but this: the application owns no table, and only an owner may measure one.
CREATE = f"""
CREATE FUNCTION ent_measure_directory() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN ANALYZE {", ".join(TABLES)}; END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_tables_of_establishments"),
        ("establishments", "0014_parcel_of_an_import"),
    ]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION ent_measure_directory()")]
