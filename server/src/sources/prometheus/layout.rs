//! Queries laid out over lines so that people can read them.
//!
//! Reads what `PromQL` and `MetricsQL` have in common; what a function takes is the server's business.

use super::tokens::{Kind, Token, Wrong, tokens};

/// A line is not longer than this if it can be broken.
const WIDTH: usize = 78;
/// Deeper queries are refused, so that none exhausts the stack.
const DEEPEST: usize = 64;

/// Operators by how strongly they bind, the weakest first.
const BINDING: [&[&str]; 8] = [
    &["default", "if", "ifnot"],
    &["or"],
    &["and", "unless"],
    &["==", "!=", "<", ">", "<=", ">="],
    &["+", "-"],
    &["*", "/", "%", "atan2"],
    &["^"],
    &[],
];
/// Words after an operator that say how its sides are matched.
const MATCHING: [&str; 6] = [
    "bool",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "prefix",
];
/// Words after an operand.
const AFTER: [&str; 6] = ["offset", "by", "without", "limit", "keep_metric_names", "@"];

/// A piece of a query.
#[derive(Debug)]
enum Piece {
    /// What is never broken.
    Flat(String),
    /// A head, arguments in brackets, and what stands behind them.
    Call(String, Vec<Piece>, String),
    /// Operands with the operators before them; the first has none.
    Chain(Vec<(String, Piece)>),
}

/// Lays a query out; the lines after the first begin with a blank or a bracket, so that they may stand in one line
/// as well.
///
/// # Errors
/// What cannot be read, and where.
pub(crate) fn layout(query: &str) -> Result<String, Wrong> {
    let tokens = tokens(query)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let piece = reader.expression(0)?;
    let end = reader.token();
    if end.kind != Kind::End {
        return Err(Wrong {
            at: end.at,
            message: format!("`{}` cannot stand here", end.text),
        });
    }
    let mut out = String::new();
    piece.write(&mut out, 0, 0);
    Ok(out)
}

impl Wrong {
    /// Its line and column in the query, both from 1, the column in characters.
    pub(crate) fn place(&self, query: &str) -> (u32, u32) {
        let before = query.get(..self.at).unwrap_or(query);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line as u32, column as u32)
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn token(&self) -> Token<'a> {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.token();
        self.at += 1;
        token
    }

    fn is(&self, text: &str) -> bool {
        let token = self.token();
        token.kind != Kind::Text && token.text.eq_ignore_ascii_case(text)
    }

    fn wrong<T>(&self, message: &str) -> Result<T, Wrong> {
        let token = self.token();
        let message = match token.kind {
            Kind::End => format!("the query ends where {message} is expected"),
            _ => format!("`{}` stands where {message} is expected", token.text),
        };
        Err(Wrong {
            at: token.at,
            message,
        })
    }

    fn expect(&mut self, text: &str) -> Result<(), Wrong> {
        if self.is(text) {
            self.at += 1;
            return Ok(());
        }
        self.wrong(&format!("`{text}`"))
    }

    fn expression(&mut self, level: usize) -> Result<Piece, Wrong> {
        let Some(operators) = BINDING.get(level).filter(|level| !level.is_empty()) else {
            return self.operand();
        };
        let mut chain = vec![(String::new(), self.expression(level + 1)?)];
        while let Some(operator) = operators.iter().find(|operator| self.is(operator)) {
            self.at += 1;
            let mut operator = (*operator).to_owned();
            while let Some(word) = MATCHING.iter().find(|word| self.is(word)) {
                self.at += 1;
                operator.push(' ');
                operator.push_str(word);
                if self.is("(") {
                    operator.push(' ');
                    operator.push_str(&self.names()?);
                }
            }
            chain.push((operator, self.expression(level + 1)?));
        }
        Ok(match chain.len() {
            1 => chain.remove(0).1,
            _ => Piece::Chain(chain),
        })
    }

    /// Labels in brackets, as they stand behind `by`.
    fn names(&mut self) -> Result<String, Wrong> {
        self.expect("(")?;
        let mut names = Vec::new();
        while !self.is(")") {
            match self.token().kind {
                Kind::Word | Kind::Text => names.push(self.take().text),
                _ => return self.wrong("a label"),
            }
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        Ok(format!("({})", names.join(", ")))
    }

    fn operand(&mut self) -> Result<Piece, Wrong> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Wrong {
                at: self.token().at,
                message: "the query is nested too deeply".to_owned(),
            });
        }
        let mut sign = String::new();
        while self.is("-") || self.is("+") {
            sign.push_str(self.take().text);
        }
        let mut piece = self.primary()?;
        if !sign.is_empty() {
            piece = match piece {
                Piece::Flat(text) => Piece::Flat(sign + &text),
                Piece::Call(head, arguments, tail) => Piece::Call(sign + &head, arguments, tail),
                chain @ Piece::Chain(_) => chain,
            };
        }
        let tail = self.tail()?;
        self.depth -= 1;
        Ok(match piece {
            Piece::Flat(text) => Piece::Flat(text + &tail),
            Piece::Call(head, arguments, mut after) => {
                after.push_str(&tail);
                Piece::Call(head, arguments, after)
            }
            chain @ Piece::Chain(_) => chain,
        })
    }

    fn primary(&mut self) -> Result<Piece, Wrong> {
        let token = self.token();
        match (token.kind, token.text) {
            (Kind::Text, text) => {
                self.at += 1;
                Ok(Piece::Flat(text.to_owned()))
            }
            (Kind::Open, "(") => Ok(Piece::Call(String::new(), self.arguments()?, String::new())),
            (Kind::Open, "{") => Ok(Piece::Flat(self.matchers()?)),
            (Kind::Word, name) => {
                self.at += 1;
                let mut head = name.to_owned();
                let is_grouped = self.is("by") || self.is("without");
                if is_grouped {
                    let word = self.take().text.to_ascii_lowercase();
                    head = format!("{name} {word} {} ", self.names()?);
                }
                if self.is("(") {
                    return Ok(Piece::Call(head, self.arguments()?, String::new()));
                }
                if is_grouped {
                    return self.wrong("`(`");
                }
                if self.is("{") {
                    head.push_str(&self.matchers()?);
                }
                Ok(Piece::Flat(head))
            }
            _ => self.wrong("a series, a number or a function"),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Piece>, Wrong> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.expression(0)?);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    /// `{a="b", c=~"d"}`; VictoriaMetrics knows an `or` in it.
    fn matchers(&mut self) -> Result<String, Wrong> {
        self.expect("{")?;
        let mut text = "{".to_owned();
        while !self.is("}") {
            match self.token().kind {
                Kind::Word | Kind::Text => text.push_str(self.take().text),
                _ => return self.wrong("a label or `}`"),
            }
            let sign = ["=", "!=", "=~", "!~"]
                .into_iter()
                .find(|sign| self.is(sign));
            if let Some(sign) = sign {
                self.at += 1;
                text.push_str(sign);
                if self.token().kind != Kind::Text {
                    return self.wrong("a value in quotes");
                }
                text.push_str(self.take().text);
            }
            if self.is("or") {
                self.at += 1;
                text.push_str(" or ");
            } else if !self.is("}") {
                if !self.is(",") {
                    return self.wrong("`,` or `}`");
                }
                self.at += 1;
                if !self.is("}") {
                    text.push_str(", ");
                }
            }
        }
        self.at += 1;
        text.push('}');
        Ok(text)
    }

    /// What stands behind an operand: a range, an offset, a grouping.
    fn tail(&mut self) -> Result<String, Wrong> {
        let mut tail = String::new();
        loop {
            if self.is("[") {
                self.at += 1;
                tail.push('[');
                while !self.is("]") {
                    match self.token().kind {
                        Kind::Word | Kind::Operator => tail.push_str(self.take().text),
                        _ => return self.wrong("a length of time or `]`"),
                    }
                }
                self.at += 1;
                tail.push(']');
                continue;
            }
            let Some(word) = AFTER.iter().find(|word| self.is(word)) else {
                return Ok(tail);
            };
            self.at += 1;
            tail.push(' ');
            tail.push_str(word);
            match *word {
                "by" | "without" => {
                    tail.push(' ');
                    tail.push_str(&self.names()?);
                }
                "keep_metric_names" => {}
                _ => {
                    tail.push(' ');
                    while self.is("-") || self.is("+") {
                        tail.push_str(self.take().text);
                    }
                    if self.token().kind != Kind::Word {
                        return self.wrong("a time");
                    }
                    tail.push_str(self.take().text);
                    if self.is("(") {
                        self.at += 1;
                        self.expect(")")?;
                        tail.push_str("()");
                    }
                }
            }
        }
    }
}

impl Piece {
    /// On one line.
    fn flat(&self) -> String {
        match self {
            Self::Flat(text) => text.clone(),
            Self::Call(head, arguments, tail) => {
                let arguments: Vec<String> = arguments.iter().map(Self::flat).collect();
                format!("{head}({}){tail}", arguments.join(", "))
            }
            Self::Chain(parts) => {
                let part = |(operator, piece): &(String, Self)| match operator.as_str() {
                    "" => piece.flat(),
                    _ => format!("{operator} {}", piece.flat()),
                };
                parts.iter().map(part).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Writes it from column `used` on; lines of its own begin at `indent` or deeper.
    fn write(&self, out: &mut String, indent: usize, used: usize) {
        let flat = self.flat();
        if used + flat.chars().count() <= WIDTH {
            return out.push_str(&flat);
        }
        let line = |out: &mut String, indent: usize| {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        };
        match self {
            Self::Flat(text) => out.push_str(text),
            Self::Call(head, arguments, tail) => {
                out.push_str(head);
                out.push('(');
                for (index, argument) in arguments.iter().enumerate() {
                    line(out, indent + 2);
                    argument.write(out, indent + 2, indent + 2);
                    if index + 1 < arguments.len() {
                        out.push(',');
                    }
                }
                line(out, indent);
                out.push(')');
                out.push_str(tail);
            }
            Self::Chain(parts) => {
                for (operator, piece) in parts {
                    if operator.is_empty() {
                        piece.write(out, indent, used);
                    } else {
                        line(out, indent + 2);
                        out.push_str(operator);
                        out.push(' ');
                        piece.write(out, indent + 2, indent + 3 + operator.chars().count());
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("up", "up")]
    #[case(
        "rate( a{b = \"c\",d=~'e.*' ,}[5m]  offset -1h )",
        "rate(a{b=\"c\", d=~'e.*'}[5m] offset -1h)"
    )]
    #[case("sum(rate(x[1m]))by(job)/2^-3", "sum(rate(x[1m])) by (job) / 2 ^ -3")]
    #[case("sum by(a,b)(x)>bool 1e+3", "sum by (a, b) (x) > bool 1e+3")]
    #[case("a*on(x)group_left(y)b", "a * on (x) group_left (y) b")]
    #[case("max_over_time(up[1h:5m] @ end())", "max_over_time(up[1h:5m] @ end())")]
    #[case(
        "job:x:rate5m unless{a=\"b\" or c!=\"d\"}",
        "job:x:rate5m unless {a=\"b\" or c!=\"d\"}"
    )]
    #[case("(a or b) and c # why\n", "(a or b) and c")]
    #[case(
        "topk(5,x)keep_metric_names default 0",
        "topk(5, x) keep_metric_names default 0"
    )]
    fn query_when_it_fits_then_stands_in_one_line(#[case] query: &str, #[case] expected: &str) {
        assert_eq!(layout(query).as_deref(), Ok(expected));
    }

    #[test]
    fn query_when_long_then_is_broken_at_brackets_and_operators() {
        let query = "histogram_quantile(0.95,sum by(le,service)(rate(http_request_duration_seconds_bucket{job=\"shop\"}[5m])))/ignoring(le)avg(limits_of_the_shop)";
        let laid = layout(query).expect("a query");
        let expected = "\
histogram_quantile(
  0.95,
  sum by (le, service) (
    rate(http_request_duration_seconds_bucket{job=\"shop\"}[5m])
  )
)
  / ignoring (le) avg(limits_of_the_shop)";
        assert_eq!(laid, expected);
        assert_eq!(layout(&laid).as_deref(), Ok(expected), "it stays as it is");
        let in_one_line = laid.replace('\n', "");
        assert_eq!(
            layout(&in_one_line).as_deref(),
            Ok(expected),
            "a field knows no lines"
        );
    }

    #[rstest]
    #[case("sum(rate(x[5m])", (1, 16), "the query ends where `,` is expected")]
    #[case("a +\n* b", (2, 1), "`*` stands where a series")]
    #[case("a{b=c}", (1, 5), "a value in quotes")]
    #[case("a{b=\"c}", (1, 5), "the quote is not closed")]
    #[case("a b", (1, 3), "`b` cannot stand here")]
    #[case("한글 ? 1", (1, 4), "stands for nothing")]
    #[case("sum by (a) x", (1, 12), "`(`")]
    fn query_when_wrong_then_the_place_is_named(
        #[case] query: &str,
        #[case] place: (u32, u32),
        #[case] message: &str,
    ) {
        let wrong = layout(query).expect_err("it cannot be read");
        assert_eq!(wrong.place(query), place, "{wrong:?}");
        assert!(wrong.message().contains(message), "{wrong:?}");
    }

    #[test]
    fn query_when_nested_deeply_then_is_refused() {
        let query = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(
            layout(&query)
                .expect_err("too deep")
                .message()
                .contains("deeply")
        );
    }

    proptest! {
        #[test]
        fn query_when_anything_then_is_laid_out_for_good_or_refused(query in "[a-c(){}\\[\\],\"=~!+*/ 0-9:@^#-]{0,40}") {
            if let Ok(laid) = layout(&query) {
                let again = layout(&laid);
                prop_assert_eq!(again.as_deref(), Ok(laid.as_str()));
            }
        }
    }
}
