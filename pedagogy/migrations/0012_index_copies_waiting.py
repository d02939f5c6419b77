from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pedagogy', '0011_daily_load'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='progress',
            index=models.Index(condition=models.Q(('handed_in_at__isnull', False), ('returned_at', None)), fields=['homework'], name='pedagogy_progress_waiting'),
        ),
    ]
