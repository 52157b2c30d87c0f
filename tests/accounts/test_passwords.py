"""First passwords: random, easy to read out and to type, and good enough for a quick hash."""

from django.contrib.auth.hashers import check_password, identify_hasher

from accounts.passwords import LETTERS, new_password, quick_hash


def test_a_new_password_each_time() -> None:
    many = {new_password() for _number in range(1000)}
    assert len(many) == 1000
    for one in many:
        assert [len(group) for group in one.split("-")] == [4, 4, 4]
        assert set(one) <= {*LETTERS, "-"}


def test_no_letters_that_look_alike() -> None:
    assert not set("il1o0") & set(LETTERS)
    assert len(set(LETTERS)) == len(LETTERS) == 31  # 12 letters of 31: 59 bits


def test_the_quick_hash_is_one_that_django_makes_anew_at_sign_in() -> None:
    hashed, stronger = quick_hash("k7mf-3xqp-9thr"), []
    assert quick_hash("k7mf-3xqp-9thr") != hashed
    assert check_password("k7mf-3xqp-9thr", hashed, setter=stronger.append)
    assert stronger == ["k7mf-3xqp-9thr"]
    assert not check_password("k7mf-3xqp-9thq", hashed)
    assert identify_hasher(hashed).algorithm == "pbkdf2_sha256"
