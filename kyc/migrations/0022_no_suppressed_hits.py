"""A hit's status was never "suppressed": a cleared hit that stays quiet is "no_match". No row changes."""

from django.db import migrations, models

import kyc.screening.states


class Migration(migrations.Migration):

    dependencies = [
        ('kyc', '0021_requested_of_a_party'),
    ]

    operations = [
        migrations.AlterField(
            model_name='hit',
            name='status',
            field=models.CharField(choices=[('pending', 'pending'), ('no_match', 'no_match'), ('true_match', 'true_match'), ('inconclusive', 'inconclusive'), ('superseded', 'superseded'), ('delisted', 'delisted')], default=kyc.screening.states.HitStatus['PENDING'], max_length=12),
        ),
    ]
