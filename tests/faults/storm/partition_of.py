"""The ledger partition of a case: Kafka's own choice, murmur2 of the case id."""


def murmur2(data):
    mask, multiply = 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ len(data)
    whole = len(data) - len(data) % 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * multiply & mask
        k ^= k >> 24
        value = (value * multiply & mask) ^ (k * multiply & mask)
    for shift, byte in reversed(list(enumerate(data[whole:]))):
        value ^= byte << (8 * shift)
    if whole != len(data):
        value = value * multiply & mask
    value ^= value >> 13
    value = value * multiply & mask
    return value ^ (value >> 15)


def partition_of(case_id, partitions):
    return (murmur2(case_id.encode()) & 0x7FFFFFFF) % partitions
