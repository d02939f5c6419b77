def test_cast(cast): assert cast.pastel.homework.title
