//! Who is nearest: the inner loops of `knn`.
//!
//! It knows packed windows and their products, and nothing of series.

use super::knn::{Bank, SIDE, pack};

/// Windows of the series that are multiplied at a time.
const TILE: usize = 4;
/// Windows of the series for which the bank is gone through once.
const BLOCK: usize = 64;

/// The least numbers met so far, for each query, in ascending order.
struct Least {
    k: usize,
    numbers: Vec<f64>,
}

impl Least {
    fn new(queries: usize, k: usize) -> Self {
        Self {
            k,
            numbers: vec![f64::INFINITY; queries * k],
        }
    }

    fn worst(&self, query: usize) -> f64 {
        self.numbers[query * self.k + self.k - 1]
    }

    fn insert(&mut self, query: usize, number: f64) {
        let numbers = &mut self.numbers[query * self.k..][..self.k];
        let mut at = numbers.len() - 1;
        if number >= numbers[at] {
            return;
        }
        while at > 0 && numbers[at - 1] > number {
            numbers[at] = numbers[at - 1];
            at -= 1;
        }
        numbers[at] = number;
    }

    /// The mean of what `map` makes of the numbers; 0 of none.
    fn mean(&self, query: usize, map: impl Fn(f64) -> f64) -> f64 {
        let numbers = &self.numbers[query * self.k..][..self.k];
        let met = numbers.iter().filter(|number| number.is_finite());
        let (count, total) = met.fold((0, 0.0), |(count, total), &number| {
            (count + 1, total + map(number))
        });
        total / f64::from(count.max(1))
    }
}

/// Some windows of a series, packed for multiplication, and what is nearest to them.
pub(crate) struct Block<'a> {
    bank: &'a Bank,
    apart: Option<u32>,
    /// Where in the series the first query starts.
    from: usize,
    queries: usize,
    tiles: Vec<[f32; TILE]>,
    squares: [f64; BLOCK],
    reciprocals: [f64; BLOCK],
    /// Squares of centred distances.
    centred: Least,
    /// Correlations, negated.
    normed: Least,
    /// Only a product that exceeds these may belong to a near window; see [`Block::set_limits`].
    limits: [(f32, f32); BLOCK],
    /// Half the squares of the bank's windows less the bound for rounding, and the reciprocals of their lengths.
    halves: Vec<[f32; SIDE]>,
    lengths: Vec<[f32; SIDE]>,
    /// Relative bound for the rounding of a product in `f32`, generously.
    rounding: f64,
}

impl<'a> Block<'a> {
    pub(crate) fn new(bank: &'a Bank, k: usize, apart: Option<u32>) -> Self {
        let length = bank.window as usize;
        let rounding = (length + 16) as f64 * 1.2e-7;
        let groups = bank.starts.len().div_ceil(SIDE);
        // Nothing is near to an empty place.
        let mut halves = vec![[f32::MAX; SIDE]; groups];
        let mut lengths = vec![[0.0; SIDE]; groups];
        for (place, (square, reciprocal)) in bank.squares.iter().zip(&bank.reciprocals).enumerate()
        {
            halves[place / SIDE][place % SIDE] = (0.5 * square * (1.0 - 2.0 * rounding)) as f32;
            lengths[place / SIDE][place % SIDE] = *reciprocal as f32;
        }
        Self {
            bank,
            apart,
            from: 0,
            queries: 0,
            tiles: vec![[0.0; TILE]; length * BLOCK / TILE],
            squares: [0.0; BLOCK],
            reciprocals: [0.0; BLOCK],
            centred: Least::new(BLOCK, k),
            normed: Least::new(BLOCK, k),
            limits: [(0.0, 0.0); BLOCK],
            halves,
            lengths,
            rounding,
        }
    }

    /// Packs as many windows as fit, from the beginning of `series`, which is `from` points into the whole one.
    pub(crate) fn load(&mut self, series: &[f64], from: usize, unit: f64) -> usize {
        let length = self.bank.window as usize;
        self.from = from;
        self.queries = BLOCK.min((series.len() + 1).saturating_sub(length));
        self.centred.numbers.fill(f64::INFINITY);
        self.normed.numbers.fill(f64::INFINITY);
        for query in 0..self.queries {
            let tile = &mut self.tiles[query / TILE * length..][..length];
            let places = tile.iter_mut().map(|row| &mut row[query % TILE]);
            let (square, reciprocal) = pack(&series[query..query + length], unit, places);
            self.squares[query] = square;
            self.reciprocals[query] = reciprocal;
            self.set_limits(query);
        }
        self.queries
    }

    /// The mean centred distance of a query to its nearest, in units.
    pub(crate) fn centred(&self, query: usize) -> f64 {
        self.centred.mean(query, to_centred)
    }

    /// The mean normed distance.
    pub(crate) fn normed(&self, query: usize) -> f64 {
        let window = self.bank.window;
        self.normed.mean(query, |unlike| to_normed(unlike, window))
    }

    /// Compares all queries with the whole bank.
    pub(crate) fn meet_all(&mut self) {
        let length = self.bank.window as usize;
        for group in 0..self.halves.len() {
            let others = &self.bank.tiles[group * length..][..length];
            for first in (0..self.queries).step_by(TILE) {
                let own = &self.tiles[first / TILE * length..][..length];
                let products = multiply(own, others);
                let (halves, lengths) = (self.halves[group], self.lengths[group]);
                for (row, products) in products.iter().enumerate() {
                    let (limit, limit_normed) = self.limits[first + row];
                    let mut nearest = [0.0; SIDE];
                    let mut alike = [0.0; SIDE];
                    for lane in 0..SIDE {
                        nearest[lane] = products[lane] - halves[lane];
                        alike[lane] = products[lane] * lengths[lane];
                    }
                    if greatest(nearest) > limit || greatest(alike) > limit_normed {
                        self.look_closer(first + row, group, &nearest, &alike);
                    }
                }
            }
        }
        if !self.bank.flat.is_empty() || self.reciprocals[..self.queries].contains(&0.0) {
            self.meet_flat();
        }
    }

    /// From the worst neighbours of a query to the least that a rounded product must exceed to replace one:
    /// `2 product > square + other square - worst`, and `product / other length > - worst * length`.
    fn set_limits(&mut self, query: usize) {
        let square = self.squares[query];
        let limit = 0.5 * (square * (1.0 - 2.0 * self.rounding) - self.centred.worst(query));
        let limit_normed = if self.reciprocals[query] > 0.0 {
            (-self.normed.worst(query) - self.rounding) / self.reciprocals[query]
        } else {
            f64::INFINITY
        };
        self.limits[query] = (limit.max(-3e38) as f32, limit_normed.max(-3e38) as f32);
    }

    #[cold]
    fn look_closer(
        &mut self,
        query: usize,
        group: usize,
        nearest: &[f32; SIDE],
        alike: &[f32; SIDE],
    ) {
        for lane in 0..SIDE {
            let (limit, limit_normed) = self.limits[query];
            let place = group * SIDE + lane;
            if (nearest[lane] <= limit && alike[lane] <= limit_normed)
                || query >= self.queries
                || !self.counts(query, place)
            {
                continue;
            }
            let product = self.product(query, place);
            let bank = self.bank;
            let distance = (self.squares[query] + bank.squares[place]) - 2.0 * product;
            self.centred.insert(query, distance);
            let both = self.reciprocals[query] * bank.reciprocals[place];
            if both > 0.0 {
                self.normed.insert(query, -(product * both));
            }
            self.set_limits(query);
        }
    }

    /// The product in full, in four fixed lanes.
    fn product(&self, query: usize, place: usize) -> f64 {
        let length = self.bank.window as usize;
        let own = &self.tiles[query / TILE * length..][..length];
        let other = &self.bank.tiles[place / SIDE * length..][..length];
        let (row, column) = (query % TILE, place % SIDE);
        let mut lanes = [0.0; 4];
        for (own, other) in own.chunks(4).zip(other.chunks(4)) {
            for ((lane, own), other) in lanes.iter_mut().zip(own).zip(other) {
                *lane += f64::from(own[row]) * f64::from(other[column]);
            }
        }
        (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    }

    /// Whether a window of the bank exists and is no near relation of the query.
    fn counts(&self, query: usize, place: usize) -> bool {
        self.bank.starts.get(place).is_some_and(|&start| {
            self.apart
                .is_none_or(|apart| (start as usize).abs_diff(self.from + query) >= apart as usize)
        })
    }

    /// Constant windows have no correlation: to one another they are equal, to all others half alike.
    fn meet_flat(&mut self) {
        let bank = self.bank;
        for query in 0..self.queries {
            let is_flat = self.reciprocals[query] <= 0.0;
            let flat = bank.flat.iter().map(|&place| place as usize);
            let flat = flat.filter(|&place| self.counts(query, place));
            let flat = flat.take(self.normed.k).count();
            for _ in 0..flat {
                self.normed.insert(query, if is_flat { -1.0 } else { -0.5 });
            }
            if is_flat {
                let others = (0..bank.starts.len())
                    .filter(|&place| bank.reciprocals[place] > 0.0 && self.counts(query, place));
                let others = others.take(self.normed.k).count();
                for _ in 0..others {
                    self.normed.insert(query, -0.5);
                }
            }
        }
    }
}

/// The mean distances of one window to its nearest, with the bits that a block of windows gives.
pub(crate) fn single(bank: &Bank, window: &[f64], k: usize, unit: f64) -> (f64, f64) {
    let length = bank.window as usize;
    let mut own = vec![0.0; length];
    let (square, reciprocal) = pack(window, unit, own.iter_mut());
    let (mut centred, mut normed) = (Least::new(1, k), Least::new(1, k));
    for (group, others) in bank.tiles.chunks_exact(length).enumerate() {
        let mut lanes = [[0.0; SIDE]; 4];
        for (own, others) in own.chunks(4).zip(others.chunks(4)) {
            for ((lane, &own), other) in lanes.iter_mut().zip(own).zip(others) {
                for (product, &other) in lane.iter_mut().zip(other) {
                    *product += f64::from(own) * f64::from(other);
                }
            }
        }
        let squares = bank.squares.iter().zip(&bank.reciprocals);
        for (lane, (&other_square, &other)) in squares.skip(group * SIDE).take(SIDE).enumerate() {
            let product = (lanes[0][lane] + lanes[1][lane]) + (lanes[2][lane] + lanes[3][lane]);
            centred.insert(0, (square + other_square) - 2.0 * product);
            let both = reciprocal * other;
            let unlike = match (both > 0.0, reciprocal <= 0.0 && other <= 0.0) {
                (true, _) => -(product * both),
                (false, true) => -1.0,
                (false, false) => -0.5,
            };
            normed.insert(0, unlike);
        }
    }
    (
        centred.mean(0, to_centred),
        normed.mean(0, |unlike| to_normed(unlike, bank.window)),
    )
}

fn to_centred(square: f64) -> f64 {
    square.max(0.0).sqrt()
}

fn to_normed(unlike: f64, window: u32) -> f64 {
    (2.0 * f64::from(window) * (1.0 + unlike.clamp(-1.0, 1.0))).sqrt()
}

/// The products of four windows with eight others.
#[inline]
fn multiply(lefts: &[[f32; TILE]], rights: &[[f32; SIDE]]) -> [[f32; SIDE]; TILE] {
    let mut products = [[0.0; SIDE]; TILE];
    for (left, right) in lefts.iter().zip(rights) {
        for (row, &left) in products.iter_mut().zip(left) {
            for (product, &right) in row.iter_mut().zip(right) {
                *product += left * right;
            }
        }
    }
    products
}

#[inline]
fn greatest(lanes: [f32; SIDE]) -> f32 {
    let greater = |left: f32, right: f32| if left > right { left } else { right };
    let mut half = [0.0; SIDE / 2];
    for (lane, place) in half.iter_mut().enumerate() {
        *place = greater(lanes[lane], lanes[lane + SIDE / 2]);
    }
    greater(greater(half[0], half[2]), greater(half[1], half[3]))
}
