//! Short lists kept in order.
//!
//! The standard library's sorts are made for long lists and weigh some ten kilobytes for each type.

/// Inserts behind everything that is not larger; looks from the end, where new things mostly belong.
pub fn insert_by_key<T, K: Ord>(items: &mut Vec<T>, item: T, key: impl Fn(&T) -> K) {
    let own = key(&item);
    let at = items.iter().rposition(|other| key(other) <= own);
    items.insert(at.map_or(0, |at| at + 1), item);
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn item_when_inserted_then_stands_behind_its_equals() {
        let mut items = Vec::new();
        for item in [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd')] {
            insert_by_key(&mut items, item, |item| item.0);
        }
        assert_eq!(items, [(0, 'd'), (1, 'b'), (2, 'a'), (2, 'c')]);
    }
}
