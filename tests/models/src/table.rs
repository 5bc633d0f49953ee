//! Tables in Markdown, padded so that they also read as they are.

/// A head and rows of as many cells.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let all = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| {
        let lengths = all()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        lengths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!(" {cell:<width$} "))
            .collect();
        format!("|{}|\n", cells.join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let body: String = rows.iter().map(|row| line(row)).collect();
    line(head) + &line(&rule) + &body
}

/// The mean; nothing of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.iter().sum::<f64>() / count as f64)
}

/// A figure, or a dash.
pub(crate) fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_when_cells_differ_in_length_then_is_padded_and_what_is_missing_is_a_dash() {
        let rows = [
            vec!["a".to_owned(), cell(mean(&[1.0, 2.0]), 2)],
            vec!["long".to_owned(), cell(mean(&[]), 2)],
        ];
        let text = table(&["x".to_owned(), "y".to_owned()], &rows);
        assert_eq!(
            text,
            "| x    | y    |\n| ---- | ---- |\n| a    | 1.50 |\n| long | –    |\n"
        );
    }
}
