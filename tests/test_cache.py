from fewclicks.cache import BoundedCache


def test_the_least_recently_used_go_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(30)
    for number, name in enumerate("abc"):
        cache.put(name, number, 10)
    assert cache.get("a") == 0
    cache.put("d", 3, 10)
    assert [cache.get(name) for name in "abcd"] == [0, None, 2, 3]
    assert cache.nbytes == 30


def test_the_newest_is_kept_even_when_it_is_too_large() -> None:
    cache: BoundedCache[str, int] = BoundedCache(30)
    cache.put("a", 1, 10)
    cache.put("huge", 2, 100)
    assert (cache.get("a"), cache.get("huge"), len(cache), cache.nbytes) == (None, 2, 1, 100)


def test_what_is_put_aside_takes_the_room_of_older_ones_alone() -> None:
    cache: BoundedCache[str, int] = BoundedCache(30)
    cache.put_aside("first", 0, 10)
    cache.put("old", 1, 10)
    cache.put("latest", 2, 10)
    cache.put_aside("next", 3, 20)
    assert [cache.get(name) for name in ("first", "old", "latest", "next")] == [None, None, 2, 3]
    cache.put_aside("huge", 4, 40)
    assert (cache.get("huge"), cache.get("next"), cache.nbytes, cache.has_room) == (None, 3, 20, True)
    cache.put("huge", 4, 40)
    assert (cache.nbytes, cache.has_room) == (40, False)


def test_peeking_is_no_use() -> None:
    cache: BoundedCache[str, int] = BoundedCache(20)
    for number, name in enumerate("ab"):
        cache.put(name, number, 10)
    assert (cache.peek("a"), cache.peek("none")) == (0, None)
    cache.put("c", 2, 10)
    assert (cache.peek("a"), cache.peek("b")) == (None, 1)


def test_putting_again_counts_once() -> None:
    cache: BoundedCache[str, int] = BoundedCache(30)
    for size in (10, 20, 5):
        cache.put("a", size, size)
    assert (cache.get("a"), cache.nbytes) == (5, 5)
