"""Seeded chance, the same as in math/random.rs: xoshiro256++ started by SplitMix64."""

MASK = (1 << 64) - 1


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class Random:
    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            x = seed
            x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(x ^ (x >> 31))

    def unit(self):
        a = self.state
        drawn = (rotate((a[0] + a[3]) & MASK, 23) + a[0]) & MASK
        shifted = (a[1] << 17) & MASK
        a[2] ^= a[0]
        a[3] ^= a[1]
        a[1] ^= a[2]
        a[0] ^= a[3]
        a[2] ^= shifted
        a[3] = rotate(a[3], 45)
        return (drawn >> 11) * 2.0**-53
