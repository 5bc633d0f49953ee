//! Names for series side by side: what tells each of them apart from the others.

use super::Labels;

/// What all have in common, as text, and for each what it has for itself. One alone has all of its labels.
pub fn tell_apart(all: &[&Labels]) -> (String, Vec<String>) {
    let Some((first, others)) = all.split_first() else {
        return (String::new(), Vec::new());
    };
    if others.is_empty() {
        return (String::new(), vec![first.to_string()]);
    }
    let same_name = others.iter().all(|labels| labels.name() == first.name());
    let is_shared = |(key, value): &(&str, &str)| {
        let same = |labels: &&Labels| labels.get(key) == Some(*value);
        others.iter().all(same)
    };
    let shared: Vec<(&str, &str)> = first.pairs().filter(is_shared).collect();
    let mut common = if same_name {
        first.name().to_owned()
    } else {
        String::new()
    };
    for (key, value) in &shared {
        push_word(&mut common, &format!("{key}={value}"));
    }
    let own = first.pairs().filter(|pair| !shared.contains(pair));
    for (key, _) in own {
        push_word(&mut common, &format!("{key}=…"));
    }
    let own = |labels: &&Labels| {
        let mut name = if same_name {
            String::new()
        } else {
            labels.name().to_owned()
        };
        // Values alone: they are told apart by them, and what is common names the labels.
        for (_, value) in labels.pairs().filter(|pair| !shared.contains(pair)) {
            if !name.is_empty() {
                name.push_str(" ·");
            }
            push_word(&mut name, value);
        }
        if name.is_empty() {
            name.push_str(labels.name());
        }
        name
    };
    (common, all.iter().map(own).collect())
}

fn push_word(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_when_labels_are_common_then_leave_them_out() {
        let cpu = |instance: &str| Labels::named("cpu", &[("env", "prod"), ("instance", instance)]);
        let (a, b) = (cpu("a"), cpu("b"));
        let (common, own) = tell_apart(&[&a, &b]);
        assert_eq!(common, "cpu env=prod instance=…");
        assert_eq!(own, ["a", "b"]);
        assert_eq!(tell_apart(&[&a]).1, ["cpu{env=\"prod\",instance=\"a\"}"]);
    }

    #[test]
    fn names_when_metrics_differ_then_say_them() {
        let of = |metric: &str, host: &str| Labels::named(metric, &[("host", host)]);
        let (cpu, disk) = (of("cpu", "a"), of("disk", "a"));
        assert_eq!(tell_apart(&[&cpu, &disk]).1, ["cpu", "disk"]);
        let other = of("disk", "b");
        assert_eq!(tell_apart(&[&cpu, &other]).1, ["cpu · a", "disk · b"]);
    }
}
